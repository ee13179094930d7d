import Testing

@testable import PoolMaster

@Suite struct TokenTests {
    @Test(arguments: [
        Token.signals, .controlListener, .process(1), .verdict(2), .notice(3), .relay(4),
        .leftover(5), .client(0x00FF_FFFF_FFFF_FFFF), .console, .channel(6), .channels, .port,
    ])
    func aTokenComesBackAsItWas(token: Token) {
        #expect(Token(rawValue: token.rawValue) == token)
    }

    @Test(arguments: [0, 99 << 56, UInt64.max]) func whatIsNoTokenIsRefused(value: UInt64) {
        #expect(Token(rawValue: value) == nil)
    }
}
