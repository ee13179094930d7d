// org.varlink.service: what every Varlink service answers about itself.

/// The errors the protocol itself has.
package enum VarlinkServiceError: Error, Hashable, Sendable {
    case interfaceNotFound(String)
    case methodNotFound(String)
    case methodNotImplemented(String)
    case invalidParameter(String)
    /// The method has several replies, and was called without "more".
    case expectedMore

    package var name: String {
        switch self {
        case .interfaceNotFound: "org.varlink.service.InterfaceNotFound"
        case .methodNotFound: "org.varlink.service.MethodNotFound"
        case .methodNotImplemented: "org.varlink.service.MethodNotImplemented"
        case .invalidParameter: "org.varlink.service.InvalidParameter"
        case .expectedMore: "org.varlink.service.ExpectedMore"
        }
    }

    var parameters: [String: String] {
        switch self {
        case .interfaceNotFound(let interface): ["interface": interface]
        case .methodNotFound(let method), .methodNotImplemented(let method): ["method": method]
        case .invalidParameter(let parameter): ["parameter": parameter]
        case .expectedMore: [:]
        }
    }

    var frame: [UInt8]? { VarlinkReply(error: name, parameters).frame }
}

/// What GetInfo says.
package struct ServiceInformation: Codable, Hashable, Sendable {
    package var vendor = Product.vendor
    package var product = Product.service
    package var version = Product.version
    package var url = Product.url
    package var interfaces = [VarlinkService.interface, PoolInterface.name]

    package init() {}
}

package enum VarlinkService {
    package static let interface = "org.varlink.service"

    static let getInfo = "\(interface).GetInfo"
    static let getInterfaceDescription = "\(interface).GetInterfaceDescription"

    static func description(of interface: String) -> String? {
        switch interface {
        case self.interface: text
        case PoolInterface.name: PoolInterface.text
        default: nil
        }
    }

    /// As the protocol prescribes it.
    static let text = """
        # The interface every Varlink service has.
        interface org.varlink.service

        # Who answers here, and in which interfaces.
        method GetInfo() -> (
            vendor: string,
            product: string,
            version: string,
            url: string,
            interfaces: []string
        )

        # The text of an interface.
        method GetInterfaceDescription(interface: string) -> (description: string)

        # The service has no such interface.
        error InterfaceNotFound (interface: string)

        # The interface has no such method.
        error MethodNotFound (method: string)

        # The method is described, but the service doesn't have it.
        error MethodNotImplemented (method: string)

        # A parameter is missing, unknown, or of another type.
        error InvalidParameter (parameter: string)

        """
}
