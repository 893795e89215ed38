package domain

import (
	"unicode"
	"unicode/utf8"
)

// IsMobile reports whether s is a mobile number of mainland China: eleven
// digits, the first 1, the second 3 to 9.
func IsMobile(s string) bool {
	return IsDigits(s, 11) && s[0] == '1' && s[1] >= '3'
}

// IsName reports whether s is the name of a person: two to twenty Han letters,
// with the middle dot of transcribed names between them.
func IsName(s string) bool {
	n := utf8.RuneCountInString(s)
	if n < 2 || n > 20 {
		return false
	}
	for i, r := range []rune(s) {
		if r == '·' && i > 0 && i < n-1 {
			continue
		}
		if !unicode.Is(unicode.Han, r) {
			return false
		}
	}
	return true
}

// IsText reports whether s has at most limit runes and no control letters but
// line breaks and tabs.
func IsText(s string, limit int) bool {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > limit {
		return false
	}
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' {
			return false
		}
	}
	return true
}
