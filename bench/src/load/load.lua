-- Sends the bodies of a file in turn. Arguments: the file, then "unique" for an Authorization of its own in each request.
local bodies, count, unique = {}, 0, false

function init(arguments)
  unique = arguments[2] == "unique"
  for line in io.lines(arguments[1]) do bodies[#bodies + 1] = line end
end

function request()
  count = count + 1
  local body = bodies[(count - 1) % #bodies + 1]
  local authorization = unique and ("Bearer bench-" .. count) or "Bearer bench"
  return "POST /graphql HTTP/1.1\r\nHost: " .. wrk.host .. "\r\nContent-Type: application/json\r\nAccept: application/json\r\n" ..
    "Authorization: " .. authorization .. "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('\nRESULT {"requests":%d,"durationUs":%d,"failed":%d,"p50Us":%d,"p99Us":%d}\n',
    summary.requests, summary.duration, errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
