// Times as clients of other products write them.

import ArgusShared

extension Timestamp {
    /// Parses what RFC 3339 allows, and the same with an offset without a colon (`+0200`) or without any (then UTC).
    init?(iso8601 text: String) {
        if let time = Timestamp(rfc3339: text) {
            self = time
            return
        }
        let digits = text.suffix(4)
        let sign = text.dropLast(4).last
        if digits.utf8.count == 4, digits.allSatisfy(\.isNumber), sign == "+" || sign == "-",
            let time = Timestamp(rfc3339: "\(text.dropLast(2)):\(text.suffix(2))")
        {
            self = time
            return
        }
        guard let time = Timestamp(rfc3339: text + "Z") else { return nil }
        self = time
    }
}
