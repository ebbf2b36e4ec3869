return function(connection, message)
  local answer, word = connection:call("question", message.body)
  return message:respond("ask", answer or word)
end
