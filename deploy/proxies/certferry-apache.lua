-- Asks certferry whether the phone behind a request may in: the access checker of apache.conf. It sends what Apache itself
-- knows of the connection, never a header as the phone wrote it, unless it is a note that decides nothing.
-- Whatever goes wrong ends in an error of Lua or in 503: nobody is let in then.

require "apache2"
local socket = require "socket"

local ADDRESS, PORT, SECONDS = "127.0.0.1", 8445, 5

-- What phones may not say, with "_" as "-", which some servers take for the same.
local FORBIDDEN = { "^x%-certferry%-", "^client%-cert", "^x%-ssl%-", "^x%-forwarded%-", "^x%-original%-" }

local function strip(r)
    local names = {}
    for name in pairs(r:headers_in_table()) do
        local plain = name:lower():gsub("_", "-")
        for _, pattern in ipairs(FORBIDDEN) do
            if plain:find(pattern) then
                names[#names + 1] = name
            end
        end
    end
    for _, name in ipairs(names) do
        r.headers_in[name] = nil
    end
end

local function question(r)
    local lines = { "GET /auth/eas HTTP/1.1", "Host: " .. ADDRESS, "Connection: close" }
    local function add(name, value)
        if value ~= nil and value ~= "" then
            lines[#lines + 1] = name .. ": " .. value:gsub("%s*[\r\n]+%s*", " "):gsub("^ +", ""):gsub(" +$", "")
        end
    end
    local basic = r.headers_in["Authorization"]
    add("X-SSL-Client-Cert", r:ssl_var_lookup("SSL_CLIENT_CERT"))
    add("X-Original-URI", r.unparsed_uri)
    add("X-Original-Method", r.method)
    add("X-Forwarded-For", r.useragent_ip)
    add("Authorization", basic and basic:lower():find("^basic ") and basic)
    add("User-Agent", r.headers_in["User-Agent"])
    add("MS-ASProtocolVersion", r.headers_in["MS-ASProtocolVersion"])
    add("X-MS-PolicyKey", r.headers_in["X-MS-PolicyKey"])
    add("X-SSL-Session-Reused", r:ssl_var_lookup("SSL_SESSION_RESUMED"))
    add("X-SSL-Protocol", r:ssl_var_lookup("SSL_PROTOCOL"))
    add("X-SSL-Cipher", r:ssl_var_lookup("SSL_CIPHER"))
    return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

-- Status and headers of the answer; nil when there is no whole head.
local function ask(text)
    local connection = socket.tcp()
    connection:settimeout(SECONDS, "t")
    local sent = connection:connect(ADDRESS, PORT) and connection:send(text)
    local line = sent and connection:receive("*l")
    local status = line and tonumber(line:match("^HTTP/1%.1 (%d%d%d) "))
    local headers = {}
    while status do
        line = connection:receive("*l")
        if line == nil then
            status = nil
        elseif line == "" then
            break
        else
            local name, value = line:match("^([^:]+):%s*(.-)%s*$")
            headers[(name or ""):lower()] = value
        end
    end
    connection:close()
    return status, headers
end

function certferry(r)
    strip(r)
    local status, headers = ask(question(r))
    if status == 200 and headers["x-certferry-verdict"] == "allow" then
        r.headers_in["X-Certferry-User"] = headers["x-certferry-user"]
        r.headers_in["X-Certferry-Serial"] = headers["x-certferry-serial"]
        return apache2.DECLINED -- "Require" has the next word
    end
    if status == 401 or status == 403 then
        r.err_headers_out["X-Certferry-Reason"] = headers["x-certferry-reason"]
        return status
    end
    return 503
end
