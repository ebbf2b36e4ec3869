std = "lua54"
max_line_length = 80
files["spec"].std = "+busted"
-- Declarations for editors: nothing there runs.
files["types"] = { ignore = { "212", "211", "241", "631" } }
