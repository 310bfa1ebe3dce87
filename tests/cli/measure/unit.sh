ecopt measure --unit 'tokens=made (\d+)' -- sh -c 'echo made 5; echo made 7; echo no end >&2'
ecopt measure -q --unit 'tokens=made (\d+)' -- true
