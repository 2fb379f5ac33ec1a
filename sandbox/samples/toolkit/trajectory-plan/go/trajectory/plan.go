// Package trajectory reads plans of the trajectory methodology.
package trajectory

import "strings"

// Goals returns the goals of a plan: the text of each line that begins with "- ".
func Goals(plan string) []string {
	var goals []string
	for _, line := range strings.Split(plan, "\n") {
		if goal, ok := strings.CutPrefix(strings.TrimSpace(line), "- "); ok {
			goals = append(goals, goal)
		}
	}
	return goals
}
