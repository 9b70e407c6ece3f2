//! Every CRC against the `crc` crate, at every length that changes the way it is computed.

use crc::Crc;
use lineside_check::{Algorithm, FAST_FROM};

/// What the `crc` crate has for one of our algorithms: `(ours, its check, its residue)`.
type Peer = (Algorithm, Box<dyn Fn(&[u8]) -> u64>, u64);

macro_rules! peers {
    ($($word:ident: $($name:ident)*;)*) => {
        vec![$($({
            static PEER: Crc<$word> = Crc::<$word>::new(&crc::$name);
            let check: Box<dyn Fn(&[u8]) -> u64> = Box::new(|data| PEER.checksum(data).into());
            let peer: Peer = (Algorithm::$name, check, crc::$name.residue.into());
            peer
        }),*),*]
    };
}

fn peers() -> Vec<Peer> {
    peers! {
                u8: CRC_8_AUTOSAR CRC_8_BLUETOOTH CRC_8_CDMA2000 CRC_8_DARC CRC_8_DVB_S2
            CRC_8_GSM_A CRC_8_GSM_B CRC_8_HITAG CRC_8_I_432_1 CRC_8_I_CODE CRC_8_LTE
            CRC_8_MAXIM_DOW CRC_8_MIFARE_MAD CRC_8_NRSC_5 CRC_8_OPENSAFETY CRC_8_ROHC
            CRC_8_SAE_J1850 CRC_8_SMBUS CRC_8_TECH_3250 CRC_8_WCDMA;
                u16: CRC_16_ARC CRC_16_CDMA2000 CRC_16_CMS CRC_16_DDS_110 CRC_16_DECT_R
            CRC_16_DECT_X CRC_16_DNP CRC_16_EN_13757 CRC_16_GENIBUS CRC_16_GSM CRC_16_IBM_3740
            CRC_16_IBM_SDLC CRC_16_ISO_IEC_14443_3_A CRC_16_KERMIT CRC_16_LJ1200 CRC_16_M17
            CRC_16_MAXIM_DOW CRC_16_MCRF4XX CRC_16_MODBUS CRC_16_NRSC_5 CRC_16_OPENSAFETY_A
            CRC_16_OPENSAFETY_B CRC_16_PROFIBUS CRC_16_RIELLO CRC_16_SPI_FUJITSU CRC_16_T10_DIF
            CRC_16_TELEDISK CRC_16_TMS37157 CRC_16_UMTS CRC_16_USB CRC_16_XMODEM;
                u32: CRC_32_AIXM CRC_32_AUTOSAR CRC_32_BASE91_D CRC_32_BZIP2 CRC_32_CD_ROM_EDC
            CRC_32_CKSUM CRC_32_ISCSI CRC_32_ISO_HDLC CRC_32_JAMCRC CRC_32_MEF CRC_32_MPEG_2
            CRC_32_XFER;
    }
}

fn random(len: usize, seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    core::iter::repeat_with(|| random.u8(..))
        .take(len)
        .collect()
}

#[test]
fn every_crc_of_ours_has_a_peer() {
    let peers = peers();
    for algorithm in Algorithm::ALL.iter().filter(|one| one.residue().is_some()) {
        assert!(
            peers.iter().any(|(ours, ..)| ours == algorithm),
            "{algorithm}"
        );
    }
}

#[test]
fn the_residues_agree() {
    for (ours, _, residue) in peers() {
        assert_eq!(ours.residue(), Some(residue), "{ours}");
    }
}

#[test]
fn every_length_to_300_agrees() {
    let data = random(300, 1);
    for (ours, peer, _) in peers() {
        for len in 0..=300 {
            let data = &data[..len];
            assert_eq!(ours.checksum(data), peer(data), "{ours}, {len} bytes");
        }
    }
}

#[test]
fn long_inputs_agree() {
    let data = random(20_000, 2);
    let mut random = fastrand::Rng::with_seed(3);
    for (ours, peer, _) in peers() {
        for _ in 0..8 {
            let from = random.usize(..data.len());
            let data = &data[from..random.usize(from..data.len())];
            assert_eq!(
                ours.checksum(data),
                peer(data),
                "{ours}, {} bytes",
                data.len()
            );
        }
    }
}

/// Two parts at every cut, of a length that takes a part through every way to compute.
#[test]
fn a_cut_anywhere_changes_nothing() {
    let data = random(FAST_FROM + 40, 4);
    for algorithm in Algorithm::ALL {
        let whole = algorithm.checksum(&data);
        for cut in 0..=data.len() {
            let (head, tail) = data.split_at(cut);
            let mut digest = algorithm.digest();
            digest.update(head);
            assert_eq!(
                digest.finish(),
                algorithm.checksum(head),
                "{algorithm}, {cut} bytes"
            );
            digest.update(tail);
            assert_eq!(digest.finish(), whole, "{algorithm}, cut at {cut}");
        }
    }
}

#[test]
fn any_number_of_parts_changes_nothing() {
    let mut random = fastrand::Rng::with_seed(5);
    let data = self::random(2_000, 6);
    for algorithm in Algorithm::ALL {
        let mut digest = algorithm.digest();
        let mut rest = &data[..];
        while !rest.is_empty() {
            let (part, after) = rest.split_at(random.usize(0..=rest.len().min(300)));
            digest.update(part);
            rest = after;
        }
        assert_eq!(digest.finish(), algorithm.checksum(&data), "{algorithm}");
    }
}
