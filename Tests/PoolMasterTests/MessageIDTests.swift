import Testing

@testable import PoolMaster

@Suite struct MessageIDTests {
    @Test func everyIdentityIsOneOfTheCatalog() throws {
        let catalog = try Fixture.text("units/martlet.catalog")
        for id in MessageID.allCases {
            #expect(
                catalog.contains("# \(id.name)\n-- \(id.rawValue)\n"), "\(id) is not explained")
        }
    }

    @Test func noIdentityIsUsedTwice() {
        #expect(Set(MessageID.allCases.map(\.rawValue)).count == MessageID.allCases.count)
    }
}
