# The examples of the man page do what they say, one after the other.
awk '/^# EXAMPLES/ { on = 1 } /^# SEE/ { on = 0 } on && /^```/ { code = !code; next } on && code' \
    "$CASES/../../../docs/man/ecopt.1.scd" | sed 's/\\\\/\\/g' >examples
grep -c '^ecopt' examples
bash -e examples >out 2>&1; echo $?
ls
