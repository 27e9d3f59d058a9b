// Names of HTTP headers that HTTPTypes does not know, and the date header's value.

import Foundation
public import HTTPTypes
import Synchronization

/// HTTP header names of ours.
public enum HeaderNames {
    /// Identifies a request in answers and logs.
    public static let requestID = HTTPField.Name("X-Request-Id") ?? .server
}

/// The current time as RFC 9110 section 5.6.7 wants it, made once a second.
public enum HTTPDate {
    private static let cached = Mutex<(second: Int, text: String)>((0, ""))

    /// The value of a `Date` header now.
    public static func now() -> String {
        let second = time(nil)
        return cached.withLock { cached in
            if cached.second != second { cached = (second, format(second)) }
            return cached.text
        }
    }

    static func format(_ second: Int) -> String {
        var clock = second
        var parts = tm()
        gmtime_r(&clock, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let day = "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900)"
        return "\(day) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }
}
