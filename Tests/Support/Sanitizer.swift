// What the tests were compiled with, where that changes what they may ask for.

import Glibc

package enum Sanitizer {
    /// Its runtime is part of the program then.
    package static let hasAddress = dlsym(nil, "__asan_init") != nil
}
