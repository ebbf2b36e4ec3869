--- Libraries of spec/support that are put before those of a server.
local files = require "spec.support.files"

local preload = {}

--- Compiles one.
-- @param name string spec/support/<name>.c
-- @param folder string where it goes
-- @return string what LD_PRELOAD has to be, the sanitizers' runtime first
function preload.compile(name, folder)
  local library = ("%s/%s.so"):format(folder, name)
  files.run(("gcc -D_GNU_SOURCE -shared -fPIC spec/support/%s.c -o %s")
    :format(name, files.quote(library)))
  return files.run "gcc -print-file-name=libasan.so" .. " " .. library
end

return preload
