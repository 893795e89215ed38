// Package schedule is the arithmetic of an advisor's time (排班与号源): which
// slots a diary offers, whether one wished slot may be had, which bookings a
// change of schedule orphans, and which days are worked in China. It is pure:
// no input, no output, no clock; the caller says what time it is.
//
// Stretches of time are half open, [from, to): those that touch do not
// overlap. Days are days in China.
package schedule
