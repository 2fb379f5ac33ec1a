package trajectory

import "slices"

// Sorted returns the goals of a plan in the order of their text.
func Sorted(plan string) []string {
	goals := Goals(plan)
	slices.Sort(goals)
	return goals
}
