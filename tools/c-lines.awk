# Reads C files and prints what the compiler sees of them, a line each:
#   FILE <tab> LINE <tab> CODE      comments dropped, texts emptied, blank lines left out
#   FILE <tab> LINE <tab> #comment  for every line that holds (a part of) a comment
FNR == 1 { in_comment = 0 }
{
    line = $0
    code = ""
    has_comment = in_comment
    while (line != "") {
        if (in_comment) {
            end = index(line, "*/")
            if (!end) {
                line = ""
            } else {
                line = substr(line, end + 2)
                in_comment = 0
            }
        } else if (match(line, /"([^"\\]|\\.)*"|'([^'\\]|\\.)*'|\/\*|\/\//)) {
            token = substr(line, RSTART, RLENGTH)
            code = code substr(line, 1, RSTART - 1)
            line = substr(line, RSTART + RLENGTH)
            if (token == "/*") {
                in_comment = has_comment = 1
            } else if (token == "//") {
                has_comment = 1
                line = ""
            } else {
                code = code "\"\""
                # An include's name is code, not text.
                if (code ~ /^[ \t]*#[ \t]*include[ \t]*""$/)
                    code = "#include " token
            }
        } else {
            code = code line
            line = ""
        }
    }
    if (code ~ /[^ \t]/)
        print FILENAME "\t" FNR "\t" code
    if (has_comment)
        print FILENAME "\t" FNR "\t#comment"
}
