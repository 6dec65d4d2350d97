"""What has no derivative: text, indices, and functions of integers, dates and files."""

import numpy as np

from ..core.rows import constant, unsupported

constant(np.array2string, np.array_repr, np.array_str, notes="text")
constant(np.tril_indices_from, np.triu_indices_from, np.diag_indices_from, notes="indices, which depend on the shape only")
constant(np.einsum_path, notes="an order of contractions")

INTEGERS = (np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.bitwise_not, np.left_shift, np.right_shift, np.bitwise_count, np.gcd, np.lcm,
            np.packbits, np.unpackbits, np.ravel_multi_index, np.unravel_index)
constant(*INTEGERS, notes="of integers and truth values only; NumPy refuses floats")  # a recorded program has such values
unsupported(np.isnat, np.is_busday, np.busday_offset, np.busday_count, np.datetime_as_string, because="it is a function of dates and times")
unsupported(np.save, np.savez, np.savez_compressed, np.savetxt, because="it writes plain numbers to a file. Return the array from the function and save it afterwards")
