"""The laws that every space, strategy, objective, relaxation and layout keeps, ours or a third party's.

`nasreid conformance ./mine.py:Mine` holds a part to those that fit it; `check.conformance` does so from Python. Each
law is a function, too, for a test of yours; a law that is broken is a BrokenLaw, whose one line says which and on what:

    from nasreid.experiments.laws.objectives import check_objective
    from nasreid.experiments.laws.spaces import check_space
    from nasreid.experiments.laws.strategies import check_strategy

    def test_my_space():
        check_space(MySpace)                              # a function without arguments that makes one

    def test_my_strategy():
        check_strategy(MyStrategy)                        # likewise

    def test_my_loss():
        check_objective(lambda: MyLoss(classes=4, width=16), classes=4, width=16)
"""
