-- Asks the client and waits for its answer, as if that were a function. This
-- client's other messages wait meanwhile; nobody else's do.
return function(connection, message)
  local a, b = math.random(3, 9), math.random(3, 9)
  local question = ("What is %d × %d?"):format(a, b)

  local answer, why = connection:call("question", question, 30)
  if answer == nil then
    return message:respond("alert", ("No answer (%s)."):format(why))
  end

  local is_right = tonumber(answer) == a * b
  return message:respond("alert", is_right and "That is right!"
    or ("Not quite: it is %d."):format(a * b))
end
