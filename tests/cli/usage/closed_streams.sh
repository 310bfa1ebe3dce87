# A reader that goes away is no reason for a message; a stream that is closed is one.
ecopt help | true
ecopt help >&-; echo $?
ecopt help nonsense 2>&-; echo $?
ecopt doctor <&- >/dev/null; echo $?
