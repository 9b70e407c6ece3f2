//! Every check against the `crc` crate, in one piece and in parts.

use crc::Crc;
use lineside_check::{Algorithm, Order};

use crate::Dice;

/// One of ours, and what somebody else makes of the same data.
struct Peer {
    ours: Algorithm,
    theirs: fn(&[u8]) -> u64,
}

macro_rules! peers {
    ($($word:ident: $($name:ident)*;)*) => {
        &[$($(Peer {
            ours: Algorithm::$name,
            theirs: |data| {
                static THEIRS: Crc<$word> = Crc::<$word>::new(&crc::$name);
                THEIRS.checksum(data).into()
            },
        }),*),*]
    };
}

const PEERS: &[Peer] = peers! {
    u8:
        CRC_8_AUTOSAR CRC_8_BLUETOOTH CRC_8_CDMA2000 CRC_8_DARC CRC_8_DVB_S2 CRC_8_GSM_A
        CRC_8_GSM_B CRC_8_HITAG CRC_8_I_432_1 CRC_8_I_CODE CRC_8_LTE CRC_8_MAXIM_DOW
        CRC_8_MIFARE_MAD CRC_8_NRSC_5 CRC_8_OPENSAFETY CRC_8_ROHC CRC_8_SAE_J1850 CRC_8_SMBUS
        CRC_8_TECH_3250 CRC_8_WCDMA;
    u16:
        CRC_16_ARC CRC_16_CDMA2000 CRC_16_CMS CRC_16_DDS_110 CRC_16_DECT_R CRC_16_DECT_X
        CRC_16_DNP CRC_16_EN_13757 CRC_16_GENIBUS CRC_16_GSM CRC_16_IBM_3740 CRC_16_IBM_SDLC
        CRC_16_ISO_IEC_14443_3_A CRC_16_KERMIT CRC_16_LJ1200 CRC_16_M17 CRC_16_MAXIM_DOW
        CRC_16_MCRF4XX CRC_16_MODBUS CRC_16_NRSC_5 CRC_16_OPENSAFETY_A CRC_16_OPENSAFETY_B
        CRC_16_PROFIBUS CRC_16_RIELLO CRC_16_SPI_FUJITSU CRC_16_T10_DIF CRC_16_TELEDISK
        CRC_16_TMS37157 CRC_16_UMTS CRC_16_USB CRC_16_XMODEM;
    u32:
        CRC_32_AIXM CRC_32_AUTOSAR CRC_32_BASE91_D CRC_32_BZIP2 CRC_32_CD_ROM_EDC CRC_32_CKSUM
        CRC_32_ISCSI CRC_32_ISO_HDLC CRC_32_JAMCRC CRC_32_MEF CRC_32_MPEG_2 CRC_32_XFER;
};

/// The input is the data. It is repeated up to a length that `dice` chooses, so that a short input
/// reaches the code for long ones too.
pub(super) fn run(input: &[u8]) {
    let (data, mut dice) = Dice::of(input);
    let times = if dice.once_in(2) {
        1
    } else {
        1 + dice.below(20)
    };
    let data = &data.repeat(times);
    let which = dice.below(PEERS.len() + SUMS.len());
    if let Some(peer) = PEERS.iter().chain(SUMS).nth(which) {
        agree(peer.ours, peer.theirs, data, &mut dice);
    }
}

/// The checks that add, by their definitions.
const SUMS: &[Peer] = &[
    Peer {
        ours: Algorithm::LRC,
        theirs: |data| (256 - sum(data) % 256) % 256,
    },
    Peer {
        ours: Algorithm::XOR,
        theirs: |data| data.iter().fold(0, |all, byte| all ^ u64::from(*byte)),
    },
    Peer {
        ours: Algorithm::SUM_8,
        theirs: |data| sum(data) % 256,
    },
    Peer {
        ours: Algorithm::SUM_16,
        theirs: |data| sum(data) % 65_536,
    },
];

fn sum(data: &[u8]) -> u64 {
    data.iter().map(|byte| u64::from(*byte)).sum()
}

fn agree(ours: Algorithm, theirs: fn(&[u8]) -> u64, data: &[u8], dice: &mut Dice) {
    let check = ours.checksum(data);
    assert_eq!(check, theirs(data), "{ours}");

    let mut digest = ours.digest();
    let mut seen = 0;
    for part in dice.cut(data, 300) {
        digest.update(part);
        seen += part.len();
        let head = data.get(..seen).unwrap_or_default();
        assert_eq!(digest.finish(), theirs(head), "{ours}, in parts to {seen}");
    }

    let order = if dice.once_in(2) {
        Order::Little
    } else {
        Order::Big
    };
    trailed(ours, order, data, check, dice);
}

/// A frame with its check is accepted; with one bit flipped, it is not.
fn trailed(ours: Algorithm, order: Order, data: &[u8], check: u64, dice: &mut Dice) {
    let mut frame = data.to_vec();
    frame.resize(data.len() + ours.bytes(), 0);
    let room = frame.get_mut(data.len()..).unwrap_or_default();
    assert_eq!(ours.write(check, order, room), Some(ours.bytes()));
    assert_eq!(
        ours.verify_trailer(order, &frame),
        Some(data),
        "{ours} {order:?}"
    );

    let at = dice.below(frame.len());
    if let Some(byte) = frame.get_mut(at) {
        *byte ^= 1 << dice.below(8);
    }
    assert_eq!(
        ours.verify_trailer(order, &frame),
        None,
        "{ours} {order:?}, byte {at} damaged"
    );
}
