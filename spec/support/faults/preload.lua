--- Libraries of spec/support that are put before those of a server.
local files = require "spec.support.files"
local server = require "spec.support.server"

local preload = {}

-- The sanitizers' runtime of a program that has it, which must come first.
local function runtime_of(program)
  return files.run(("{ ldd %s 2>&1 || true; } | sed -n %s"):format(
    files.quote(program), files.quote "s/.* => \\(.*libasan[^ ]*\\) .*/\\1/p"))
end

--- Compiles one.
-- @param name string spec/support/faults/<name>.c
-- @param folder string where it goes
-- @return string what LD_PRELOAD has to be, the sanitizers' runtime first
function preload.compile(name, folder)
  local library = ("%s/%s.so"):format(folder, name)
  files.run(("gcc -D_GNU_SOURCE -shared -fPIC spec/support/faults/%s.c -o %s")
    :format(name, files.quote(library)))
  return runtime_of(server.program()) .. " " .. library
end

return preload
