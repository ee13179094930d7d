import EcosystemImport
import Testing

@Suite("PM2's ecosystem file")
struct EcosystemFileTests {
    @Test("is a list of applications, an object that has one, or one application alone")
    func shapes() throws {
        for json in [
            #"{ "apps": [{ "script": "a.js" }, { "script": "b.js" }] }"#,
            #"{ "pm2": [{ "name": "a" }, { "name": "b" }] }"#,
            #"[{ "script": "x/a.b" }, { "name": "b", "script": "a.js" }]"#,
        ] {
            #expect(try Sample.file(json).apps.map(\.name) == ["a", "b"], "\(json)")
        }
        #expect(try Sample.file(#"{ "script": "a.js" }"#).apps.map(\.name) == ["a"])
        #expect(try Sample.file(#"{ "apps": { "script": "a.js" } }"#).apps.map(\.name) == ["a"])
    }

    @Test("has what is no application named")
    func besides() throws {
        let file = try Sample.file(#"{ "apps": [{}], "deploy": {}, "static": [] }"#)
        #expect(
            file.notes.map(\.description) == [
                "deploy: deploying is not the pool's part",
                "static: it is no part of an application",
            ])
    }

    @Test("is refused where there is no application in it")
    func refusals() throws {
        for json in ["[]", #"{ "apps": [] }"#, #"{ "apps": [1] }"#, "3", "null"] {
            #expect(throws: EcosystemRefused.self, "\(json)") { try Sample.file(json) }
        }
    }

    @Test("that is no JSON is known as such")
    func noJSON() {
        for text in ["", "{", "{ apps: [] }", "[1 2]", "{\"a\": \"\u{1}\"}"] {
            #expect(EcosystemValue(json: Array(text.utf8)) == nil, "\(text)")
        }
        #expect(EcosystemValue(json: [0x22, 0xff, 0x22]) == nil)
    }
}
