// Translates our configuration into the library's options.

import ArgusShared
import CNats
import Crypto
import Foundation

/// A `natsOptions` handle.
struct ConnectionOptions: ~Copyable {
    let pointer: OpaquePointer

    init() throws(BusError) {
        var handle: OpaquePointer?
        guard natsOptions_Create(&handle) == NATS_OK, let handle else {
            throw BusError(.invalidArgument, "libnats cannot be initialized")
        }
        pointer = handle
    }

    /// Sets everything but the callbacks.
    func apply(_ configuration: BusConfiguration) throws(BusError) {
        let handle = pointer
        try setServers(configuration.serverList)
        try check(natsOptions_SetName(handle, Self.escaped(configuration.name)), "name")
        try check(natsOptions_SetAllowReconnect(handle, false), "reconnect")
        try check(natsOptions_SetTimeout(handle, max(1, configuration.attemptTimeout.milliseconds)), "attempt timeout")
        try check(natsOptions_SetWriteDeadline(handle, max(1, configuration.writeTimeout.milliseconds)), "write timeout")
        try check(natsOptions_SetSendAsap(handle, true), "send asap")
        try check(natsOptions_SetIOBufSize(handle, 128 << 10), "buffer size")
        try check(natsOptions_SetPingInterval(handle, 5000), "ping interval")
        try check(natsOptions_SetMaxPingsOut(handle, 2), "pings")
        try setCredentials(configuration)
        if let tls = configuration.tls { try setTLS(tls) }
    }

    deinit {
        natsOptions_Destroy(pointer)
    }

    /// Sends the library's connection events to the handler behind `closure`.
    func setCallbacks(closure: UnsafeMutableRawPointer?) {
        natsOptions_SetClosedCB(
            pointer,
            { _, closure in
                let handler = connectionCallbacks.handler(for: closure)
                connectionCallbacks.remove(closure)
                handler?.closed()
            }, closure)
        natsOptions_SetErrorHandler(
            pointer,
            { _, _, status, closure in
                // The library sets this thread's last error to the text of this very event.
                let text = nats_GetLastError(nil).map { String(cString: $0) } ?? String(cString: natsStatus_GetText(status))
                connectionCallbacks.handler(for: closure)?.failed(BusError(ConnectionOptions.code(of: status), text))
            }, closure)
    }

    private func setServers(_ servers: [String]) throws(BusError) {
        guard !servers.isEmpty else { throw BusError(.invalidArgument, "no NATS server is configured") }
        let copies = servers.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        var pointers = copies.map { UnsafePointer($0) }
        try check(natsOptions_SetServers(pointer, &pointers, Int32(servers.count)), "servers \(servers.joined(separator: ","))")
    }

    private func setCredentials(_ configuration: BusConfiguration) throws(BusError) {
        if let user = configuration.user {
            try check(natsOptions_SetUserInfo(pointer, Self.escaped(user), Self.escaped(configuration.password ?? "")), "user and password")
        }
        if let token = configuration.token { try check(natsOptions_SetToken(pointer, Self.escaped(token)), "token") }
        if let file = configuration.credentialsFile {
            guard FileManager.default.isReadableFile(atPath: file) else {
                throw BusError(.invalidArgument, "the credentials file \(file) cannot be read")
            }
            try check(natsOptions_SetUserCredentialsFromFiles(pointer, file, nil), "credentials file \(file)")
        }
        if let file = configuration.nkeySeedFile {
            let publicKey = try NKey.publicKey(ofSeedFile: file)
            try check(natsOptions_SetNKeyFromSeed(pointer, publicKey, file), "nkey seed file \(file)")
        }
    }

    private func setTLS(_ tls: BusConfiguration.TLSConfiguration) throws(BusError) {
        try check(natsOptions_SetSecure(pointer, true), "TLS")
        if let file = tls.caFile { try check(natsOptions_LoadCATrustedCertificates(pointer, file), "CA file \(file)") }
        if let file = tls.certificateFile {
            guard let key = tls.keyFile else { throw BusError(.invalidArgument, "a TLS certificate needs its key file") }
            try check(natsOptions_LoadCertificatesChain(pointer, file, key), "certificate \(file) and key \(key)")
        }
        if !tls.verify { try check(natsOptions_SkipServerVerification(pointer, true), "TLS verification") }
    }

    /// The text as it must stand between the quotes of a JSON string: the library writes these fields into its `CONNECT` as they are.
    private static func escaped(_ text: String) -> String {
        String(decoding: JSONValue.string(text).bytes.dropFirst().dropLast(), as: UTF8.self)
    }

    private func check(_ status: natsStatus, _ what: String) throws(BusError) {
        guard status != NATS_OK else { return }
        let detail = nats_GetLastError(nil).map { String(cString: $0) } ?? String(cString: natsStatus_GetText(status))
        throw BusError(.invalidArgument, "\(what): \(detail)")
    }

    /// The error of a failed attempt to connect.
    static func error(_ status: natsStatus, connecting configuration: BusConfiguration) -> BusError {
        let detail = nats_GetLastError(nil).map { String(cString: $0) } ?? String(cString: natsStatus_GetText(status))
        return BusError(code(of: status), "connecting to \(configuration.serverList.joined(separator: ", ")): \(detail)")
    }

    private static func code(of status: natsStatus) -> BusError.Code {
        switch status {
        case NATS_NOT_PERMITTED, NATS_CONNECTION_AUTH_FAILED: .permissionDenied
        case NATS_SLOW_CONSUMER: .slowConsumer
        case NATS_TIMEOUT: .timeout
        case NATS_INVALID_ARG, NATS_ADDRESS_MISSING: .invalidArgument
        default: .disconnected
        }
    }
}
