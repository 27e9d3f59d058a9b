// What secrets look like.

/// Regular expressions (ICU) of secrets, in the order in which they are applied: shapes that hold others come first. Every repetition is
/// bounded or ends at a character it does not take, so that no text makes them slow.
enum SecretPatterns {
    /// Parts of names whose values are secrets.
    static let names =
        "(?:pass(?:word|wd|phrase|code)?s?\\b|password|passwd|passphrase|pwd|secret|token(?!s?[._-]?count)|api[ ._-]?key|access[ ._-]?key"
        + "|private[ ._-]?key|account[ ._-]?key|encryption[ ._-]?key|signing[ ._-]?key|license[ ._-]?key|credential|authori[sz]ation|cookie"
        + "|session[ ._-]?(?:id|key)|signature|\\bsig\\b|connection[ ._-]?string|conn[ ._-]?str|\\bdsn\\b|\\bpin\\b|\\bcvv2?\\b|\\bcvc\\b|\\bssn\\b"
        + "|card[ ._-]?number|otp\\b|bearer|x-amz-security|nonce)"

    /// Such a name, with what stands between it and its value.
    private static let name = names + "[\\w.-]{0,60}+\\\\{0,3}+[\"']?\\s{0,4}+(?:=>|[:=])\\s{0,4}+"

    /// Runs of digits that may be the number of a card.
    static let cards = "(?<![0-9A-Za-z.])[0-9](?:[ -]?[0-9]){12,18}(?![0-9A-Za-z])"

    static let rules: [(pattern: String, replacement: String)] = [
        // Keys and certificates in PEM, also those that are cut.
        (
            "-----BEGIN [A-Z0-9 ]{0,40}(?:PRIVATE KEY|CERTIFICATE)[A-Z ]{0,20}-----[\\s\\S]*?(?:-----END [A-Z0-9 ]{0,60}-----|\\z)",
            "[masked key]"
        ),
        // Addresses of databases, brokers and directories.
        (
            "(?i)\\b(?:jdbc:)?(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\\+srv)?|rediss?|amqps?|nats|tls|sqlserver|mssql|oracle(?::thin)?"
                + "|clickhouse|kafka|ldaps?|smtps?|ftps?|sftp|couchbase|cassandra)://[^\\s\"'<>]+",
            "[masked connection string]"
        ),
        // Key-value connection strings, such as those of ODBC and of clouds, if a part of them is a secret.
        (
            "(?i)(?:[\\w .-]{1,60}=[^;\\r\\n\"']{0,300}+;\\s{0,4}+){0,20}"
                + "(?:password|pwd|accountkey|sharedaccesskey|sharedaccesssignature|sharedsecret)\\s{0,4}=\\s{0,4}[^;\\r\\n\"']{1,500}"
                + "(?:;\\s{0,4}+[\\w .-]{1,60}=[^;\\r\\n\"']{0,300}+){1,20};?",
            "[masked connection string]"
        ),
        // Who logs in, within any other URL.
        ("(?i)\\b([a-z][a-z0-9+.-]{1,20}://)[^\\s\"'<>/@]{0,200}:[^\\s\"'<>]{1,200}@", "$1[masked]@"),
        // Values in quotes, escaped or not, after a name of a secret.
        (
            "(?i)(" + name + ")(\\\\{0,3}[\"'])[\\s\\S]*?(?:(?<!\\\\)\\2|\\z)",
            "$1[masked]"
        ),
        // Lists and objects after such a name.
        (
            "(?i)(" + name + ")[\\[{][^\\]}]{0,2000}[\\]}]?",
            "$1[masked]"
        ),
        // Headers whose value is a whole line.
        (
            "(?im)\\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key|x-auth-token)(\\s{0,4}+[:=]\\s{0,4}+)(?!\\[masked)[^\\r\\n]+",
            "$1$2[masked]"
        ),
        // Bare values after such a name.
        (
            "(?i)(" + name + ")(?!\\[masked)[^\\s,;&\"'<>\\\\]+",
            "$1[masked]"
        ),
        // Prose and command lines.
        ("(?i)\\b((?:password|passwd|passphrase|passcode|pwd|pin|secret)\\s{1,4}(?:is|was|of|for \\S{1,60} is)\\s{1,4})\\S+", "$1[masked]"),
        (
            "(?i)\\b((?:password|passwd|passphrase|passcode|pwd|secret|token|api key)\\s{1,4})([\"'`])[\\s\\S]{1,500}?(?:\\2|\\z)",
            "$1[masked]"
        ),
        ("(?i)(\\s--?[\\w-]{0,40}(?:password|passwd|secret|token|api-?key|credential)[\\w-]{0,40}\\s{1,4})[^\\s-]\\S*", "$1[masked]"),
        (
            "(?i)\\b(bearer|basic|digest|negotiate|token|apikey|aws4-hmac-sha256)\\s{1,4}(?=[^\\s]*[0-9A-Z=])[A-Za-z0-9+/=_.~:-]{8,}",
            "$1 [masked]"
        ),
        // Tokens of known shapes.
        ("\\beyJ[A-Za-z0-9_-]{5,}(?:\\.[A-Za-z0-9_-]*){0,4}", "[masked token]"),
        (
            "\\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)?[-_]?[A-Za-z0-9_-]{10,}|\\bgh[pousr]_[A-Za-z0-9]{16,}|\\bgithub_pat_\\w{20,}|\\bglpat-[\\w-]{16,}"
                + "|\\bxox[a-z]-[\\w-]{8,}|\\b(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{12,}|\\bAIza[\\w-]{20,}|\\bya29\\.[\\w-]{10,}|\\bnpm_\\w{20,}"
                + "|\\bhf_\\w{16,}|\\bSG\\.[\\w-]{10,}\\.[\\w-]{10,}|\\bdop_v1_\\w{20,}|\\bhvs\\.[\\w-]{10,}|\\bS[UAOCNX][A-Z2-7]{54,58}\\b",
            "[masked token]"
        ),
        // Long hexadecimal and base64 text. Shorter than forty digits it may be the identifier of a trace, which is no secret.
        ("(?<![0-9A-Za-z])[0-9a-fA-F]{40,}(?![0-9A-Za-z])", "[masked token]"),
        (
            "(?<![A-Za-z0-9+/_-])(?=[A-Za-z0-9+/_-]*[a-z])(?=[A-Za-z0-9+/_-]*[A-Z])(?=(?:[A-Za-z+/_-]*[0-9]){4})[A-Za-z0-9+/_-]{32,}={0,2}",
            "[masked token]"
        ),
        // E-mail addresses, also percent-encoded.
        ("[\\p{L}\\p{N}._%+'-]{1,64}+@(?:[\\p{L}\\p{N}-]{1,63}+\\.){1,8}[\\p{L}\\p{N}-]{2,63}", "[masked e-mail]"),
        ("[\\p{L}\\p{N}._+'-]{1,64}+%40(?:[\\p{L}\\p{N}-]{1,63}+\\.){1,8}[\\p{L}\\p{N}-]{2,63}", "[masked e-mail]"),
    ]
}
