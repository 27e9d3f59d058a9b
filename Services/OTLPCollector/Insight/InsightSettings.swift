// Which language model explains logs, if any.

import ArgusService
import Foundation

/// How to reach a language model.
struct InsightSettings: Sendable {
    /// A service that answers chat completions.
    struct Provider: Sendable {
        /// Where to POST.
        let url: String
        /// Names the key's header.
        let keyHeader: String
        /// The header's value; nil where the service needs none.
        let key: Secret?
        /// Named in the request where the URL does not.
        let model: String?
    }

    static let defaults = [
        "AI_ENABLED": "false",
        "AI_TIMEOUT": "25s",
        "AI_RATE_LIMIT": "10",
        "AZURE_OPENAI_ENDPOINT": "", "AZURE_OPENAI_KEY": "", "AZURE_OPENAI_DEPLOYMENT": "",
        "AZURE_OPENAI_API_VERSION": "2024-10-21",
        "OPENAI_BASE_URL": "", "OPENAI_API_KEY": "", "OPENAI_MODEL": "",
    ]

    /// Nil where insight is off.
    let provider: Provider?
    /// How long an answer may take.
    let timeout: Duration
    /// Questions per minute.
    let perMinute: Int

    init(_ settings: ServiceSettings, http: HTTPSettings) {
        timeout = settings.duration("AI_TIMEOUT", in: .milliseconds(100)...(.seconds(600)))
        perMinute = settings.int("AI_RATE_LIMIT", in: 1...100_000)
        provider = settings.bool("AI_ENABLED") ? Self.provider(settings) : nil
        if provider != nil, timeout >= http.requestTimeout {
            settings.fail("AI_TIMEOUT", "must be shorter than \(SettingName.httpRequestTimeout), which would end the request first")
        }
    }

    private static func provider(_ settings: ServiceSettings) -> Provider? {
        let azure = settings.optionalString("AZURE_OPENAI_ENDPOINT")
        let other = settings.optionalString("OPENAI_BASE_URL")
        switch (azure, other) {
        case (let endpoint?, nil): return Self.azure(endpoint, settings)
        case (nil, let base?): return compatible(base, settings)
        case (nil, nil):
            settings.fail("AI_ENABLED", "is true, which needs AZURE_OPENAI_ENDPOINT or OPENAI_BASE_URL")
        case (.some, .some):
            settings.fail("OPENAI_BASE_URL", "and AZURE_OPENAI_ENDPOINT are both set: set the one to be asked")
        }
        return nil
    }

    private static func azure(_ endpoint: String, _ settings: ServiceSettings) -> Provider? {
        let version = settings.string("AZURE_OPENAI_API_VERSION")
        guard let base = base(endpoint, "AZURE_OPENAI_ENDPOINT", settings) else { return nil }
        guard let key = settings.secret("AZURE_OPENAI_KEY"), let deployment = settings.optionalString("AZURE_OPENAI_DEPLOYMENT") else {
            settings.fail("AZURE_OPENAI_ENDPOINT", "needs AZURE_OPENAI_KEY and AZURE_OPENAI_DEPLOYMENT")
            return nil
        }
        return Provider(
            url: "\(base)/openai/deployments/\(escaped(deployment))/chat/completions?api-version=\(escaped(version))",
            keyHeader: "api-key", key: key, model: nil)
    }

    private static func compatible(_ endpoint: String, _ settings: ServiceSettings) -> Provider? {
        guard let base = base(endpoint, "OPENAI_BASE_URL", settings) else { return nil }
        guard let model = settings.optionalString("OPENAI_MODEL") else {
            settings.fail("OPENAI_BASE_URL", "needs OPENAI_MODEL")
            return nil
        }
        let key = settings.secret("OPENAI_API_KEY").map { Secret("Bearer \($0.value)") }
        return Provider(url: "\(base)/chat/completions", keyHeader: "authorization", key: key, model: model)
    }

    private static func base(_ text: String, _ name: String, _ settings: ServiceSettings) -> String? {
        let isHTTP = ["http", "https"].contains(URL(string: text)?.scheme?.lowercased())
        guard isHTTP, URL(string: text)?.host()?.isEmpty == false else {
            settings.fail(name, "must be an http or https URL")
            return nil
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~"))) ?? text
    }
}
