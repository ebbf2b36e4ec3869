-- Answers its sender: respond makes a message with the id of the question, and
-- so the client knows which question this answers.
return function(connection, message)
  connection:send(message:respond("alert", "Hello, " .. message.body .. "!"))
end
