-- Asks certferry whether the phone behind a request may in: the action lua.certferry of haproxy.cfg. It sends what stands in
-- variables and samples of HAProxy's own, never a header as the phone wrote it, unless it is a note that decides nothing.
-- Without a whole answer the verdict stays unset, and the frontend refuses.

local notes = { "user-agent", "ms-asprotocolversion", "x-ms-policykey" }
local answers = { "verdict", "reason", "user", "serial" }

local function set(headers, name, value)
    if value ~= nil and value ~= "" then
        headers[name] = { tostring(value) }
    end
end

core.register_action("certferry", { "http-req" }, function(txn, address)
    local headers = {}
    set(headers, "x-ssl-client-cert", txn:get_var("txn.certferry_certificate"))
    set(headers, "x-original-uri", txn:get_var("txn.certferry_uri"))
    set(headers, "x-original-method", txn.sf:method())
    set(headers, "x-forwarded-for", txn.sf:src())
    set(headers, "authorization", txn:get_var("txn.certferry_basic"))
    set(headers, "x-ssl-session-reused", txn.sf:ssl_fc_is_resumed())
    set(headers, "x-ssl-protocol", txn.sf:ssl_fc_protocol())
    set(headers, "x-ssl-cipher", txn.sf:ssl_fc_cipher())
    local sent = txn.http:req_get_headers()
    for _, name in ipairs(notes) do
        set(headers, name, sent[name] and sent[name][0])
    end

    local answer = core.httpclient():get({ url = "http://" .. address .. "/auth/eas", headers = headers })
    if answer == nil or answer.headers == nil then
        return
    end
    local function said(name)
        local values = answer.headers["x-certferry-" .. name]
        return values and values[0] or ""
    end
    local allowed = answer.status == 200 and said("verdict") == "allow"
    if allowed or answer.status == 401 or answer.status == 403 then
        for _, name in ipairs(answers) do
            txn:set_var("txn.certferry_" .. name, said(name))
        end
        txn:set_var("txn.certferry_verdict", allowed and "allow" or "refuse")
    end
end, 1)
