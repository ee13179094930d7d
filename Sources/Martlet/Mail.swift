// What the master tells a program beside connections and orders.

struct Mail: Sendable {
    /// How many messages wait for one reader.
    static let mostMessages = 1_024

    let messages = Mailing<Message>(buffering: .bufferingOldest(mostMessages))
    /// For an agent. What is overtaken by newer news is none any more.
    let members = Mailing<[Member]>(buffering: .bufferingNewest(1), beginsWithLast: true)

    /// There is no master any more.
    func end() {
        messages.end()
        members.end()
    }
}
