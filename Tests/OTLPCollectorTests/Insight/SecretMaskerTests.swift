// Secrets of all shapes, and text that must stay readable.

import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct SecretMaskerTests {
    static let masker = SecretMasker()

    /// A text and the part of it that must not leave.
    static let secrets: [(text: String, secret: String)] = [
        ("password=hunter2", "hunter2"),
        ("login failed: password: hunter2, user: bob", "hunter2"),
        (#"{"password":"hun\"ter2","user":"bob"}"#, "ter2"),
        (#"{\"password\":\"hunter2\",\"user\":\"bob\"}"#, "hunter2"),
        (#"{"db":{"Password" : "hunter2"}}"#, "hunter2"),
        ("{'passwd': 'hunter 2 with spaces'}", "with spaces"),
        ("DB_PASSWORD=hunter2 ./run", "hunter2"),
        ("spring.datasource.password=hunter2", "hunter2"),
        ("the password is hunter2", "hunter2"),
        ("wrong password 'hunter2' for bob", "hunter2"),
        ("mysql --password hunter2 -h db", "hunter2"),
        ("curl --api-key abc123def", "abc123def"),
        (#"clientSecret => "abc def""#, "abc def"),
        ("client_secret=abc123&grant_type=password", "abc123"),
        ("https://h/p?access_token=abc123&x=1", "abc123"),
        ("apiKey: 0123abcd", "0123abcd"),
        ("x-api-key: 0123abcd", "0123abcd"),
        (#"{"tokens":["abc","def"]}"#, "def"),
        (#"{"secret":{"value":"abc"}}"#, "abc"),
        ("Authorization: Bearer abc.def-123", "abc.def-123"),
        ("authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("Authorization: Custom one two three", "three"),
        ("sent bearer AbCdEfGh123", "AbCdEfGh123"),
        ("Cookie: sid=abc; theme=dark", "sid=abc"),
        ("Set-Cookie: JSESSIONID=A1B2C3; Path=/", "A1B2C3"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl rejected", "c2lnbmF0dXJl"),
        ("cannot connect to postgres://app:s3cr3t@db:5432/orders?sslmode=disable", "s3cr3t"),
        ("cannot connect to postgres://app:s3/cr@3t@db:5432/orders", "3t@db"),
        ("mongodb+srv://u:p@cluster0.example.net/test", "cluster0"),
        ("jdbc:mysql://db:3306/x?user=a&password=b", "db:3306"),
        ("redis://:pw@cache:6379/0", "pw@cache"),
        ("fetch https://bob:pw1@example.org/x failed", "pw1"),
        ("Server=db;Database=x;User Id=sa;Password=p1;Encrypt=true", "User Id=sa"),
        ("DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=abc+/==;EndpointSuffix=core", "AccountName=acc"),
        ("Endpoint=sb://x/;SharedAccessKeyName=Root;SharedAccessKey=abc=", "abc="),
        ("https://x.blob/y?sv=1&sig=AbC%2Fd&se=2", "AbC%2Fd"),
        ("key sk-proj-abcdefghijklmnop was refused", "abcdefghijklmnop"),
        ("key sk_live_abcdefghijklmnop was refused", "abcdefghijklmnop"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "abcdefghijkl"),
        ("xoxb-123456789012-abcdefghijkl", "abcdefghijkl"),
        ("AKIAIOSFODNN7EXAMPLE", "IOSFODNN7"),
        ("aws wJalrXUtnFEMI/K7MDENG/bPxRfiCY1234EXAMPLEKEY", "bPxRfiCY"),
        ("hash 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "9f86d081"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\nxyz\n-----END RSA PRIVATE KEY-----", "MIIEabc"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEabc and then cut", "MIIEabc"),
        ("card 4111 1111 1111 1111 refused", "1111"),
        ("card 4111-1111-1111-1112 refused", "1112"),
        ("card 4111111111111111 refused", "4111111111111111"),
        ("amex 378282246310005", "378282246310005"),
        ("mail to bob.smith+x@example.co.uk bounced", "bob.smith"),
        ("mail to bob.smith@example.co.uk bounced", "example.co.uk"),
        ("user=jürgen@bücher.example", "jürgen"),
        ("/users?mail=bob%40example.org", "bob"),
        ("name <bob@example.org>, other", "bob@"),
        ("pin: 1234", "1234"),
        ("cvv=123", "123"),
    ]

    @Test(arguments: secrets)
    func secretsAreMasked(text: String, secret: String) {
        let masked = Self.masker.mask(text)
        #expect(!masked.contains(secret), "\(masked)")
        #expect(masked.contains("[masked"))
    }

    @Test(arguments: [
        "GET /orders/42 took 1250 ms and failed with 500",
        "connection to db:5432 refused after 3 attempts",
        "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
        "order 550e8400-e29b-41d4-a716-446655440000 not found at 2026-01-31T12:00:00.123Z",
        "deadline 1769860800123456789 exceeded",
        "at com.example.orders.OrderService.place(OrderService.java:128)",
        "NullPointerException: Cannot invoke \"String.length()\" because \"name\" is null",
        "token expired", "invalid password", "the passenger list is empty: 3 of 4 passed",
        "max_tokens_count=512 prompt", "https://example.org:8443/a?b=c&d=e",
    ])
    func ordinaryTextStays(text: String) {
        #expect(Self.masker.mask(text) == text)
    }

    @Test func namesOfSecretsAreKnown() {
        for name in [
            "password", "db.password", "http.request.header.authorization", "apiKey", "API_KEY", "client-secret", "x.access_token",
            "set-cookie",
        ] {
            #expect(Self.masker.isSensitive(name: name), "\(name)")
        }
        for name in ["http.status_code", "passenger.count", "db.name", "author", "key", "messaging.kafka.partition", "exception.type"] {
            #expect(!Self.masker.isSensitive(name: name), "\(name)")
        }
    }

    @Test func maskingTwiceChangesNothing() {
        for (text, _) in Self.secrets {
            let once = Self.masker.mask(text)
            #expect(Self.masker.mask(once) == once)
        }
    }

    @Test func secretsAreFoundWithinOtherText() {
        var generator = SeededGenerator(seed: 1)
        let filler = ["an order", "{\"a\":1}", "\n\tat x.y(Z.java:3)", "took 12 ms; then", "[worker-1]", "état", "🙂"]
        for _ in 0..<200 {
            guard let (text, secret) = Self.secrets.filter({ !$0.text.contains("cut") }).randomElement(using: &generator) else { continue }
            let before = filler.randomElement(using: &generator) ?? ""
            let after = filler.randomElement(using: &generator) ?? ""
            let masked = Self.masker.mask("\(before)\n\(text)\n\(after)")
            #expect(!masked.contains(secret), "\(before)\n\(text)\n\(after)")
        }
    }

    @Test func longAndHostileTextIsMaskedInBoundedTime() {
        let texts = [
            String(repeating: "a=b;", count: 20_000), String(repeating: "password", count: 10_000), String(repeating: "a", count: 100_000),
            String(repeating: "1 ", count: 50_000), String(repeating: "a.b@", count: 20_000),
            String(repeating: "\\\"token\\\":", count: 8_000),
            String(repeating: "password=\"", count: 8_000), String(repeating: "http://a:", count: 8_000),
            String(repeating: "Aa1-", count: 25_000),
        ]
        for text in texts {
            let start = ContinuousClock.now
            _ = Self.masker.mask(text)
            #expect(.now - start < .seconds(3), "\(text.prefix(20))")
        }
    }

    @Test func aSecretAtTheCutOfLongTextDoesNotSlipThrough() {
        let filler = String(repeating: "word ", count: SecretMasker.maximumLength / 5 - 4)
        #expect(!Self.masker.mask(filler + "bob@example.org and much more").contains("bob"))
    }
}
