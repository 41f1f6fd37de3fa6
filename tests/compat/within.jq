# SPDX-License-Identifier: GPL-2.0-or-later
# within($new): each member of the input is in $new, with the same value. What $new has besides is no difference, and neither is the
# value of a text for people.
def for_people: test("(^|_)text$");
def within($new):
	if type == "object" and ($new | type) == "object" then
		. as $old | all(keys_unsorted[]; . as $key | ($new | has($key)) and (($key | for_people) or ($old[$key] | within($new[$key]))))
	elif type == "array" and ($new | type) == "array" then
		. as $old | length == ($new | length) and all(range(length); . as $i | $old[$i] | within($new[$i]))
	else . == $new end;
