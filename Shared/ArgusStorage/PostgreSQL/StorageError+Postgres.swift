// PostgreSQL's errors, by SQLSTATE (appendix A of its manual).

import CPQ

extension StorageError {
    /// The error of a result, or of the connection if the result says nothing.
    static func postgres(result: OpaquePointer? = nil, connection: OpaquePointer?, _ attempt: String) -> StorageError {
        let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
        let primary = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) }
        let said = (primary ?? String(cString: PQerrorMessage(connection)))
            .split(whereSeparator: \.isNewline).joined(separator: "; ")
        let isLost = connection == nil || PQstatus(connection) == CONNECTION_BAD
        return StorageError(code(state, isLost: isLost, said), "\(said) (\(attempt))", sqlState: state)
    }

    private static func code(_ state: String?, isLost: Bool, _ said: String) -> Code {
        guard let state else { return isLost ? connecting(said) : .other }
        switch state {
        case "40001", "40P01", "55P03", "53300": return .busy
        case "53100": return .full
        case "57014": return .timeout
        case "25006": return .readOnly
        case "42501": return .denied
        case "0A000" where said.contains("cached plan"): return .busy
        case "26000": return .busy
        default: break
        }
        switch state.prefix(2) {
        case "08", "53", "57", "58": return .unavailable
        case "22": return .invalidValue
        case "23": return .constraint
        case "28": return .denied
        case "3D": return .configuration
        case "42": return .syntax
        case "XX": return state == "XX001" || state == "XX002" ? .corrupted : .other
        default: return isLost ? .unavailable : .other
        }
    }

    /// libpq gives no SQLSTATE when connecting fails; its sentence is all there is.
    private static func connecting(_ said: String) -> Code {
        if said.contains("authentication failed") || said.contains("no password supplied") || said.contains("no pg_hba.conf entry")
            || said.contains("FATAL:  role")
        {
            return .denied
        }
        if said.contains("FATAL:  database") && said.contains("does not exist") { return .configuration }
        if said.contains("invalid connection option") || said.contains("invalid URI") || said.contains("missing \"=\" after") {
            return .configuration
        }
        return .unavailable
    }
}
