// What the operating system says about this process, and which build it is.

import Foundation

extension MetricsRegistry {
    /// Registers `argus_build_info` and the conventional `process_*` metrics, read when metrics are collected.
    public func registerProcess(service: String, version: String) {
        gauge(MetricName.buildInfo, help: "What runs.", labels: [("service", service), ("version", version)]).set(1)
        gauge(MetricName.processMemory, help: "Resident memory in bytes.") { ProcessStatistics.read()?.residentBytes }
        counter(MetricName.processCPU, help: "User and system time in seconds.") { ProcessStatistics.read()?.cpuSeconds }
        gauge(MetricName.processFiles, help: "Open file descriptors.") { ProcessStatistics.openFiles() }
        gauge(MetricName.processStart, help: "Start time in seconds since 1970.").set(Date().timeIntervalSince1970)
    }
}

/// Fields of `/proc/self/stat`, see proc(5).
struct ProcessStatistics {
    let cpuSeconds: Double
    let residentBytes: Double

    static func read() -> ProcessStatistics? {
        guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        // After the command's closing parenthesis the first field is number 3 of proc(5).
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]), let pages = Double(fields[21])
        else { return nil }
        let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        let pageSize = Double(max(1, sysconf(Int32(_SC_PAGESIZE))))
        return ProcessStatistics(cpuSeconds: (user + system) / ticks, residentBytes: pages * pageSize)
    }

    static func openFiles() -> Double? {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") else { return nil }
        return Double(names.count)
    }
}
