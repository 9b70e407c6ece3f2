//! The tables of a generator polynomial, made by the compiler.

/// Sixteen tables of 256 entries: `[k][b]` is the register after byte `b` and `k` zero bytes.
///
/// The registers are in stream order: the byte that meets the next byte of data is the lowest. A
/// reflected CRC's register is that already; another's is byte-swapped. So one kernel does both.
pub(crate) type Tables<W> = [[W; 256]; 16];

macro_rules! tables_of {
    ($name:ident, $word:ty) => {
        /// The tables of `poly`, written as in the catalogue: highest power first, without the top one.
        #[expect(
            clippy::indexing_slicing,
            reason = "in a const fn there are no iterators; indices stay below 256 and 16"
        )]
        pub(crate) const fn $name(poly: $word, reflected: bool) -> Tables<$word> {
            let mut tables = [[0; 256]; 16];
            let mut byte = 0;
            while byte < 256 {
                tables[0][byte] = if reflected {
                    let mut register = byte as $word;
                    let mut bit = 0;
                    while bit < 8 {
                        let out = register & 1;
                        register >>= 1;
                        register ^= poly.reverse_bits() * out;
                        bit += 1;
                    }
                    register
                } else {
                    let top = <$word>::BITS - 1;
                    let mut register = (byte as $word) << (top - 7);
                    let mut bit = 0;
                    while bit < 8 {
                        let out = register >> top;
                        register <<= 1;
                        register ^= poly * out;
                        bit += 1;
                    }
                    register.swap_bytes()
                };
                byte += 1;
            }
            let mut zeros = 1;
            while zeros < 16 {
                let mut byte = 0;
                while byte < 256 {
                    let before = tables[zeros - 1][byte] as u32;
                    let out = tables[0][(before & 0xFF) as usize] as u32;
                    tables[zeros][byte] = ((before >> 8) ^ out) as $word;
                    byte += 1;
                }
                zeros += 1;
            }
            tables
        }
    };
}

tables_of!(tables8, u8);
tables_of!(tables16, u16);
tables_of!(tables32, u32);
