# cmake -D INPUT=file -D OUTPUT=file.c -D NAME=array -P embed.cmake: a text file as a C array.
file(READ ${INPUT} hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR bytes "${digits} / 2")
string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
file(WRITE ${OUTPUT} "/* Made from ${NAME}'s source by embed.cmake. */
#include \"study_template.h\"

const char ${NAME}[] = {
${hex}0x00};
const size_t ${NAME}_b = ${bytes};
")
