"""A sentence comes in; features, probabilities, reasons and tension go out.

What stance is: tokens, features, the model and its file, articles scored sentence by sentence. May import ``text`` and the
ground.
"""
