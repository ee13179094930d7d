// Who we are, to those who ask over a socket or with --version.

package enum Product {
    package static let name = "martlet"
    package static let vendor = "Martlet"
    package static let service = "martletd"
    package static let version = "0.2.0"
    /// Where the manual is, as systemd.unit(5) writes it in Documentation=.
    package static let url = "man:martletd(8)"
}
