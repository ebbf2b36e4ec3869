# Compiles a folder of Lua modules into a C table (core/lua/embedded.h).
#
# Included, it gives embed_lua(<target> <folder>); run as a script, with
# -DFOLDER=, -DFILES= and -DOUTPUT=, it writes the C file.

function(embed_lua target folder)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${folder} ${folder}/*.lua)
  list(SORT files)
  set(paths ${files})
  list(TRANSFORM paths PREPEND ${folder}/)
  set(output ${PROJECT_BINARY_DIR}/embedded.c)
  set(script ${CMAKE_CURRENT_FUNCTION_LIST_FILE})
  # The list itself counts: a file that is removed changes none of the others.
  file(CONFIGURE OUTPUT ${output}.list CONTENT "${files}\n" @ONLY)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} "-DFILES=${files}"
            -DOUTPUT=${output} -P ${script}
    DEPENDS ${paths} ${output}.list ${script}
    COMMENT "Embedding the Lua half"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()

# base/config.lua is the module base.config, base/init.lua is base.
function(write_embedded)
  set(arrays "")
  set(rows "")
  foreach(file IN LISTS FILES)
    string(REGEX REPLACE "(/init)?\\.lua$" "" name "${file}")
    string(REPLACE "/" "." name "${name}")
    string(MAKE_C_IDENTIFIER "module_${name}" symbol)
    file(SIZE ${FOLDER}/${file} size)
    file(READ ${FOLDER}/${file} hex HEX)
    # A zero ends each array: C knows no empty ones. Twelve bytes are a line.
    string(REGEX REPLACE "(........................)" "\\1\n" hex "${hex}00")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(APPEND arrays
      "\nstatic const unsigned char ${symbol}[] = {\n${bytes}};\n")
    string(APPEND rows
      "  {\"${name}\", (const char *)${symbol}, ${size}},\n")
  endforeach()
  file(WRITE ${OUTPUT} "/* Written by cmake/embed.cmake. */\n"
    "#include \"lua/embedded.h\"\n${arrays}\n"
    "const struct embedded_module embedded_modules[] = {\n${rows}"
    "  {NULL, NULL, 0},\n};\n")
endfunction()

if(CMAKE_SCRIPT_MODE_FILE)
  write_embedded()
endif()
