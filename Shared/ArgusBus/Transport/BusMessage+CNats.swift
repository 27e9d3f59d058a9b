// Copies messages out of libnats.

import CNats

extension BusMessage {
    /// Copies a message; the original stays the caller's to destroy.
    init(copying message: OpaquePointer) {
        let subject = natsMsg_GetSubject(message).map { String(cString: $0) } ?? ""
        let reply = natsMsg_GetReply(message).map { String(cString: $0) }
        let length = Int(natsMsg_GetDataLength(message))
        let data = natsMsg_GetData(message)
        let payload = length > 0 ? Array(UnsafeRawBufferPointer(start: data, count: length)) : []
        self.init(subject: subject, reply: reply, headers: MessageHeaders(copying: message), payload: payload)
    }
}

extension MessageHeaders {
    fileprivate init(copying message: OpaquePointer) {
        self.init()
        var keys: UnsafeMutablePointer<UnsafePointer<CChar>?>?
        var count: Int32 = 0
        guard natsMsgHeader_Keys(message, &keys, &count) == NATS_OK, let keys else { return }
        defer { free(keys) }
        for index in 0..<Int(count) {
            var value: UnsafePointer<CChar>?
            guard let key = keys[index], natsMsgHeader_Get(message, key, &value) == NATS_OK else { continue }
            self[String(cString: key)] = value.map { String(cString: $0) } ?? ""
        }
    }
}
