ecopt measure -q --record trace -- true 2>/dev/null && ecopt measure --sources replay:trace -o a -- true &&
    ecopt measure --sources replay:trace -o b -- true && cmp <(grep -v ' s ' a) <(grep -v ' s ' b) && grep note a
