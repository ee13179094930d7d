// What the master tells a program beside connections and orders.

struct Mail: Sendable {
    /// How many messages wait for one reader.
    static let mostMessages = 1_024

    let messages = Mailing<Message>(keeping: .oldest(mostMessages))
    /// For an agent.
    let members = Mailing<[Member]>(keeping: .latest)

    /// There is no master any more.
    func end() {
        messages.end()
        members.end()
    }
}
