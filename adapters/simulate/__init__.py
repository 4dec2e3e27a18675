"""Simulated sets on a virtual clock: real core, store, scheduler and courier; made-up people.

`platform` is what they type into, `people` how they behave, `observer` judges from outside,
`run` plays it all, `faults` plants mistakes to prove that the observer would see them.
"""
