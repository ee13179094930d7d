// The parts of ncursesw this project calls, as functions: what curses(3X) has as macros, as globals
// or with variable arguments is not visible from Swift. One screen on standard output and input.

#ifndef CNCURSES_H
#define CNCURSES_H

#define NCURSES_WIDECHAR 1

#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

// Of <term.h>, which has a macro for every capability, and of <wchar.h> with _XOPEN_SOURCE.
extern int setupterm(const char *, int, int *);
extern int wcwidth(wchar_t);

/// Takes the character set of the environment. Returns whether it is UTF-8.
static inline bool martlet_locale_take(void) {
    return setlocale(LC_CTYPE, "") != NULL && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/// Takes UTF-8, whatever the environment says. Returns whether there is such a locale.
static inline bool martlet_locale_take_utf8(void) {
    return setlocale(LC_CTYPE, "C.UTF-8") != NULL;
}

/// Columns of a character; -1 for one that can't be shown.
static inline int martlet_character_width(uint32_t character) {
    return wcwidth((wchar_t)character);
}

enum {
    MARTLET_TERMINAL_KNOWN = 0,
    MARTLET_TERMINAL_UNKNOWN = 1,
    MARTLET_TERMINAL_WITHOUT_CURSOR = 2,
};

/// What terminfo(5) has on the terminal that TERM names.
static inline int martlet_terminal_look_up(void) {
    int result = 0;
    if (setupterm(NULL, STDOUT_FILENO, &result) != OK || result != 1)
        return MARTLET_TERMINAL_UNKNOWN;
    const char *cursor = tigetstr("cup");
    return cursor == NULL || cursor == (const char *)-1 ? MARTLET_TERMINAL_WITHOUT_CURSOR
                                                        : MARTLET_TERMINAL_KNOWN;
}

enum {
    MARTLET_PAIR_RED = 1,
    MARTLET_PAIR_GREEN = 2,
    MARTLET_PAIR_YELLOW = 3,
    MARTLET_PAIR_CYAN = 4,
};

/// Ctrl-S is a key like others: a terminal that somebody has stopped would hold up all of us.
static inline void martlet_screen_take_stops(void) {
    struct termios modes;
    if (tcgetattr(STDIN_FILENO, &modes) != 0) return;
    modes.c_iflag &= ~(tcflag_t)IXON;
    tcsetattr(STDIN_FILENO, TCSANOW, &modes);
    def_prog_mode();
}

/// Takes the terminal: no echo, a key at a time, signals from the keyboard as ever. Returns false
/// if it can't be had. Signals are the caller's: what ncurses sets for SIGTSTP is undone.
static inline bool martlet_screen_open(bool wants_colours) {
    if (newterm(NULL, stdout, stdin) == NULL) return false;
    signal(SIGTSTP, SIG_DFL);
    cbreak();
    martlet_screen_take_stops();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    // A lone escape key; what a terminal sends for others comes faster, over ssh, too.
    set_escdelay(50);
    curs_set(0);
    if (wants_colours && has_colors()) {
        start_color();
        short ground = use_default_colors() == OK ? -1 : COLOR_BLACK;
        init_pair(MARTLET_PAIR_RED, COLOR_RED, ground);
        init_pair(MARTLET_PAIR_GREEN, COLOR_GREEN, ground);
        init_pair(MARTLET_PAIR_YELLOW, COLOR_YELLOW, ground);
        init_pair(MARTLET_PAIR_CYAN, COLOR_CYAN, ground);
    }
    return true;
}

static inline bool martlet_screen_has_colours(void) { return has_colors(); }

/// Gives the terminal back as it was. Drawing takes it again. A prompt comes in the last line, which
/// is ours still where a terminal has one screen alone.
static inline void martlet_screen_close(void) {
    attr_set(A_NORMAL, 0, NULL);
    move(getmaxy(stdscr) - 1, 0);
    clrtoeol();
    refresh();
    endwin();
}

static inline void martlet_screen_size(int *rows, int *columns) {
    *rows = getmaxy(stdscr);
    *columns = getmaxx(stdscr);
}

/// The terminal has another size: takes it over, and everything is drawn anew.
static inline void martlet_screen_resize(void) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
    clearok(curscr, TRUE);
}

static inline void martlet_screen_clear(void) { erase(); }

enum {
    MARTLET_BOLD = 1,
    MARTLET_DIM = 2,
    MARTLET_REVERSE = 4,
};

/// What is written from now on; a pair of 0 is the terminal's own colours.
static inline void martlet_screen_style(int pair, unsigned style) {
    attr_t attributes = A_NORMAL;
    if (style & MARTLET_BOLD) attributes |= A_BOLD;
    if (style & MARTLET_DIM) attributes |= A_DIM;
    if (style & MARTLET_REVERSE) attributes |= A_REVERSE;
    attr_set(attributes, (short)pair, NULL);
}

static inline void martlet_screen_write(int row, int column, const char *text) {
    mvaddstr(row, column, text);
}

static inline void martlet_screen_show(void) { refresh(); }

enum {
    MARTLET_KEY_NONE = 0,
    MARTLET_KEY_CHARACTER = 1,
    MARTLET_KEY_FUNCTION = 2,
};

/// The next key, without waiting: a character of Unicode, or one of ncurses' KEY_ codes.
static inline int martlet_screen_read(uint32_t *code) {
    wint_t key = 0;
    int kind = get_wch(&key);
    *code = (uint32_t)key;
    return kind == ERR            ? MARTLET_KEY_NONE
           : kind == KEY_CODE_YES ? MARTLET_KEY_FUNCTION
                                  : MARTLET_KEY_CHARACTER;
}

#endif
