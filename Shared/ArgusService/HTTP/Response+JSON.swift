// Answers with bodies made of bytes.

public import HTTPTypes
public import Hummingbird
import NIOCore

extension Response {
    /// An answer whose body is JSON already.
    public static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        .bytes(bytes, type: "application/json", status: status, headers: headers)
    }

    /// An answer of bytes of a type.
    public static func bytes(
        _ bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
