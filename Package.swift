// swift-tools-version: 6.2
// The manifest of the Argus suite: every target, explicit paths, one shared settings constant.

import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let nioHTTP2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioExtras = Target.Dependency.product(name: "NIOExtras", package: "swift-nio-extras")
let tracing = Target.Dependency.product(name: "Tracing", package: "swift-distributed-tracing")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let grpcCore = Target.Dependency.product(name: "GRPCCore", package: "grpc-swift-2")
let grpcTransport = Target.Dependency.product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport")
let nioHPACK = Target.Dependency.product(name: "NIOHPACK", package: "swift-nio-http2")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")

func library(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Shared/\(name)", exclude: exclude, swiftSettings: settings)
}

func service(_ name: String, path: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: "Services/\(path)", exclude: exclude, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

let package = Package(
    name: "argus",
    products: [
        .executable(name: "ingest-gateway", targets: ["IngestGateway"]),
        .executable(name: "grouping-processor", targets: ["GroupingProcessor"]),
        .executable(name: "alert-api", targets: ["AlertAPI"]),
        .executable(name: "otlp-collector", targets: ["OTLPCollector"]),
        .executable(name: "chaos-order", targets: ["ChaosOrder"]),
        .executable(name: "chaos-payment", targets: ["ChaosPayment"]),
        .executable(name: "chaos-inventory", targets: ["ChaosInventory"]),
        .executable(name: "argus", targets: ["ArgusCLI"]),
        .executable(name: "process-adapter", targets: ["ProcessAdapter"]),
        .executable(name: "observer-example", targets: ["ObserverExample"]),
        .executable(name: "argus-bench", targets: ["Benchmarks"]),
        .library(name: "ArgusShared", targets: ["ArgusShared"]),
        .library(name: "ArgusBus", targets: ["ArgusBus"]),
        .library(name: "ArgusObserver", targets: ["ArgusObserver"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CNats", path: "Shared/CNats", pkgConfig: "libnats", providers: [.apt(["libnats-dev"])]),
        .systemLibrary(name: "CPQ", path: "Shared/CPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CSQLite", path: "Shared/CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),

        .systemLibrary(name: "CZlib", path: "Shared/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        library("ArgusShared", []),
        library("ArgusOTLP", ["ArgusShared"], exclude: ["Protos"]),
        library("ArgusTelemetry", ["ArgusShared", "ArgusBus", "ArgusOTLP", logging, lifecycle, tracing]),
        library("ArgusBus", ["ArgusShared", "CNats", logging, crypto]),
        library("ArgusObserver", ["ArgusShared", "ArgusBus", logging, lifecycle]),
        library("ProcessCompose", ["ArgusShared", asyncHTTPClient, nioCore, nioHTTP1, nioPosix, nioWebSocket]),
        library("ArgusStorage", ["CPQ", "CSQLite", logging, deque]),
        library(
            "ArgusService",
            [
                "ArgusShared", "ArgusBus", logging, metrics, lifecycle, unixSignals, configuration, crypto, hummingbird, hummingbirdCore,
                nioCore, nioPosix, nioHTTP1, nioHTTPTypes, nioWebSocket, httpTypes,
            ]),

        service(
            "IngestGateway", path: "IngestGateway",
            ["ArgusShared", "ArgusBus", "ArgusService", logging, metrics, lifecycle, hummingbird, nioCore, httpTypes, crypto, deque]),
        service(
            "GroupingProcessor", path: "GroupingProcessor",
            ["ArgusShared", "ArgusBus", "ArgusService", logging, metrics, lifecycle, hummingbird]),
        service(
            "AlertAPI", path: "AlertAPI",
            [
                "ArgusShared", "ArgusBus", "ArgusService", "ArgusStorage", logging, metrics, lifecycle, hummingbird, nioCore, nioHTTP1,
                httpTypes, crypto, asyncHTTPClient,
            ]),

        service(
            "OTLPCollector", path: "OTLPCollector",
            [
                "ArgusShared", "ArgusBus", "ArgusService", "ArgusStorage", "ArgusOTLP", "CZlib", logging, metrics, lifecycle, hummingbird,
                nioCore, nioPosix, nioHTTP1, nioHTTP2, nioHPACK, nioExtras, nioWebSocket, httpTypes, crypto, asyncHTTPClient, deque,
            ], exclude: ["Console"]),
        .target(
            name: "ChaosShared",
            dependencies: [
                "ArgusShared", "ArgusBus", "ArgusService", "ArgusOTLP", "ArgusTelemetry", logging, lifecycle, hummingbird, httpTypes,
                tracing,
            ], path: "Services/ChaosShared", swiftSettings: settings),
        service(
            "ChaosOrder", path: "ChaosOrder", ["ArgusShared", "ArgusService", "ChaosShared", logging, hummingbird, httpTypes, tracing]),
        service("ChaosPayment", path: "ChaosPayment", ["ArgusShared", "ArgusService", "ChaosShared", logging, tracing]),
        service("ChaosInventory", path: "ChaosInventory", ["ArgusShared", "ArgusService", "ChaosShared", logging, tracing]),
        service(
            "ProcessAdapter", path: "ProcessAdapter",
            [
                "ArgusShared", "ArgusBus", "ArgusService", "ArgusOTLP", "ProcessCompose", logging, metrics, lifecycle, hummingbird,
                asyncHTTPClient,
            ]),
        service(
            "ObserverExample", path: "ObserverExample",
            ["ArgusShared", "ArgusBus", "ArgusObserver", logging, lifecycle, unixSignals, argumentParser]),
        service(
            "ArgusCLI", path: "ArgusCLI",
            [
                "ArgusShared", "ArgusBus", "ArgusOTLP", "ProcessCompose", logging, argumentParser, asyncHTTPClient, nioCore, nioPosix,
                nioHTTP1, yams,
            ]),

        .target(
            name: "TestSupport", dependencies: ["ArgusShared", "ArgusBus", "CZlib", logging], path: "Tests/TestSupport",
            swiftSettings: settings),
        .executableTarget(
            name: "Benchmarks", dependencies: ["ArgusShared", "ArgusBus", "ArgusObserver", logging, nioCore, nioHPACK],
            path: "Tests/Benchmarks",
            swiftSettings: settings),
        tests("ArgusSharedTests", ["ArgusShared", "TestSupport"]),
        tests("ArgusBusTests", ["ArgusBus", "ArgusShared", "TestSupport", logging]),
        .target(name: "OTLPReference", dependencies: [protobuf], path: "Tests/OTLPReference", swiftSettings: settings),
        tests("ArgusOTLPTests", ["ArgusOTLP", "ArgusShared", "OTLPReference", "TestSupport", protobuf]),
        tests("ArgusTelemetryTests", ["ArgusTelemetry", "ArgusOTLP", "ArgusBus", logging, tracing]),
        tests(
            "ArgusTelemetryIntegrationTests",
            ["ArgusTelemetry", "ArgusOTLP", "ArgusBus", "ArgusShared", "TestSupport", logging, lifecycle, tracing]),
        tests("ArgusObserverTests", ["ArgusObserver", "ArgusShared"]),
        tests("ArgusObserverIntegrationTests", ["ArgusObserver", "ArgusShared", "ArgusBus", "TestSupport", logging]),
        tests("ArgusStorageTests", ["ArgusStorage", "TestSupport", logging]),
        tests(
            "ArgusServiceTests",
            [
                "ArgusService", "ArgusShared", "TestSupport", hummingbird, logging, metrics, lifecycle, crypto, nioCore, nioPosix,
                nioHTTPTypes, httpTypes,
            ]),
        tests("IngestGatewayTests", ["IngestGateway", "ArgusShared", "ArgusBus", "ArgusService", "TestSupport", hummingbird, logging]),
        tests(
            "IngestGatewayIntegrationTests",
            ["IngestGateway", "GroupingProcessor", "ArgusShared", "ArgusBus", "ArgusService", "TestSupport", logging]),
        tests("ArgusCLITests", ["ArgusCLI", "ArgusShared", "ArgusBus", "ArgusOTLP", "ProcessCompose", "TestSupport", argumentParser]),
        tests(
            "ArgusCLIIntegrationTests",
            [
                "ArgusCLI", "ArgusShared", "ArgusBus", "ArgusOTLP", "ProcessCompose", "TestSupport", logging, nioCore, nioPosix, nioHTTP1,
            ]),
        tests("GroupingProcessorTests", ["GroupingProcessor", "ArgusShared", "ArgusBus", "TestSupport"]),
        tests(
            "GroupingProcessorIntegrationTests", ["GroupingProcessor", "ArgusShared", "ArgusBus", "ArgusService", "TestSupport", logging]),
        tests(
            "OTLPCollectorTests",
            [
                "OTLPCollector", "ArgusShared", "ArgusBus", "ArgusOTLP", "ArgusService", "ArgusStorage", "TestSupport",
                hummingbird,
                logging, httpTypes, nioCore, nioHTTP1, nioHPACK, nioWebSocket,
            ]),
        tests(
            "OTLPCollectorIntegrationTests",
            [
                "OTLPCollector", "ProcessAdapter", "ArgusShared", "ArgusBus", "ArgusOTLP", "ArgusService", "ArgusStorage",
                "TestSupport",
                hummingbird,
                logging, lifecycle, httpTypes, crypto, nioCore, nioPosix, nioHTTP1, nioWebSocket, grpcCore, grpcTransport, asyncHTTPClient,
            ]),
        tests("ChaosTests", ["ChaosShared", "ChaosOrder", "ArgusShared", "ArgusBus", "ArgusService", "TestSupport", httpTypes]),
        tests(
            "ChaosIntegrationTests",
            [
                "ChaosShared", "ChaosOrder", "ChaosPayment", "ChaosInventory", "ArgusShared", "ArgusBus", "ArgusOTLP", "ArgusService",
                "TestSupport", logging, nioCore, nioHTTP1, asyncHTTPClient,
            ]),
        tests(
            "ProcessAdapterTests", ["ProcessAdapter", "ProcessCompose", "ArgusShared", "ArgusOTLP", "ArgusService", "TestSupport"]),
        tests(
            "ProcessAdapterIntegrationTests",
            [
                "ProcessAdapter", "ArgusShared", "ArgusBus", "ArgusService", "ArgusOTLP", "ProcessCompose", "TestSupport", logging,
                asyncHTTPClient, nioCore,
                nioHTTP1,
            ]),
        tests("AlertAPITests", ["AlertAPI", "ArgusShared", "ArgusService", "TestSupport", httpTypes]),
        tests(
            "AlertAPIIntegrationTests",
            [
                "AlertAPI", "ArgusShared", "ArgusBus", "ArgusService", "ArgusStorage", "TestSupport", hummingbird, nioCore, nioHTTP1,
                httpTypes, crypto, asyncHTTPClient, logging,
            ]),
        tests("SystemTests", ["ArgusShared", "ArgusBus", "TestSupport", logging, hummingbird, nioCore, nioHTTP1, crypto, asyncHTTPClient]),
    ]
)
