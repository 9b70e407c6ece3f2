//! The catalogue: every CRC of 8, 16 and 32 bits of reveng's, and the checks that add.

#[cfg(feature = "std")]
use crc_fast::CrcAlgorithm;

use crate::{
    Algorithm,
    algorithm::{Rule, Spec},
    crc::Crc,
    tables::{Tables, tables8, tables16, tables32},
};

/// The algorithms, and [`Algorithm::ALL`] from the same list.
macro_rules! catalogue {
    ($($(#[$doc:meta])* $name:ident, $title:literal $(also $alias:literal)*:
        bits $bits:literal check $check:literal $rule:ident $({
            $tables:ident, reflected $reflected:literal,
            init $init:literal, xorout $xorout:literal $(, fast $fast:ident)?
        })?;)*) => {
        /// The catalogue.
        impl Algorithm {
            $($(#[$doc])*
            pub const $name: Self = {
                static SPEC: Spec = Spec {
                    name: $title,
                    aliases: &[$($alias),*],
                    bits: $bits,
                    check: $check,
                    rule: Rule::$rule $((Crc {
                        tables: &$tables,
                        init: $init,
                        reflected: $reflected,
                        xorout: $xorout,
                        #[cfg(feature = "std")]
                        fast: fast!($($fast)?),
                    }))?,
                };
                Self(&SPEC)
            };)*

            /// Every algorithm: the checks that add, then the CRCs by width and name.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

/// crc-fast's name for an algorithm, where it has one.
#[cfg(feature = "std")]
macro_rules! fast {
    () => {
        None
    };
    ($name:ident) => {
        Some(CrcAlgorithm::$name)
    };
}

/// Tables by generator polynomial, shared by the algorithms that have it.
macro_rules! generators {
    ($($name:ident: $word:ident = $make:ident($poly:literal, $reflected:literal);)*) => {
        $(static $name: Tables<$word> = $make($poly, $reflected);)*
    };
}

catalogue! {
    /// The two's complement of the sum of the bytes: Modbus ASCII.
    LRC, "LRC" also "LRC/MODBUS": bits 8 check 0x23 Lrc;
    /// The exclusive or of the bytes: the block check character of STX/ETX protocols, NMEA 0183.
    XOR, "XOR" also "BCC" also "XOR-8" also "LRC/ISO-1155": bits 8 check 0x31 Xor;
    /// The sum of the bytes modulo 256.
    SUM_8, "SUM-8" also "SUM": bits 8 check 0xDD Sum8;
    /// The sum of the bytes modulo 65,536.
    SUM_16, "SUM-16": bits 16 check 0x01DD Sum16;
    /// CRC-8/AUTOSAR: AUTOSAR end-to-end protection.
    CRC_8_AUTOSAR, "CRC-8/AUTOSAR": bits 8 check 0xDF Crc8 {
        T8_2F, reflected false, init 0xFF, xorout 0xFF
    };
    /// CRC-8/BLUETOOTH.
    CRC_8_BLUETOOTH, "CRC-8/BLUETOOTH": bits 8 check 0x26 Crc8 {
        T8_A7_REFLECTED, reflected true, init 0x00, xorout 0x00
    };
    /// CRC-8/CDMA2000.
    CRC_8_CDMA2000, "CRC-8/CDMA2000": bits 8 check 0xDA Crc8 {
        T8_9B, reflected false, init 0xFF, xorout 0x00
    };
    /// CRC-8/DARC.
    CRC_8_DARC, "CRC-8/DARC": bits 8 check 0x15 Crc8 {
        T8_39_REFLECTED, reflected true, init 0x00, xorout 0x00
    };
    /// CRC-8/DVB-S2: DVB-S2; CRSF and MSP v2 flight links.
    CRC_8_DVB_S2, "CRC-8/DVB-S2": bits 8 check 0xBC Crc8 {
        T8_D5, reflected false, init 0x00, xorout 0x00
    };
    /// CRC-8/GSM-A.
    CRC_8_GSM_A, "CRC-8/GSM-A": bits 8 check 0x37 Crc8 {
        T8_1D, reflected false, init 0x00, xorout 0x00
    };
    /// CRC-8/GSM-B.
    CRC_8_GSM_B, "CRC-8/GSM-B": bits 8 check 0x94 Crc8 {
        T8_49, reflected false, init 0x00, xorout 0xFF
    };
    /// CRC-8/HITAG.
    CRC_8_HITAG, "CRC-8/HITAG": bits 8 check 0xB4 Crc8 {
        T8_1D, reflected false, init 0xFF, xorout 0x00
    };
    /// CRC-8/I-432-1: ATM header error control.
    CRC_8_I_432_1, "CRC-8/I-432-1" also "CRC-8/ITU": bits 8 check 0xA1 Crc8 {
        T8_07, reflected false, init 0x00, xorout 0x55
    };
    /// CRC-8/I-CODE.
    CRC_8_I_CODE, "CRC-8/I-CODE": bits 8 check 0x7E Crc8 {
        T8_1D, reflected false, init 0xFD, xorout 0x00
    };
    /// CRC-8/LTE.
    CRC_8_LTE, "CRC-8/LTE": bits 8 check 0xEA Crc8 {
        T8_9B, reflected false, init 0x00, xorout 0x00
    };
    /// CRC-8/MAXIM-DOW: 1-Wire.
    CRC_8_MAXIM_DOW, "CRC-8/MAXIM-DOW" also "CRC-8/MAXIM" also "DOW-CRC": bits 8 check 0xA1 Crc8 {
        T8_31_REFLECTED, reflected true, init 0x00, xorout 0x00
    };
    /// CRC-8/MIFARE-MAD.
    CRC_8_MIFARE_MAD, "CRC-8/MIFARE-MAD": bits 8 check 0x99 Crc8 {
        T8_1D, reflected false, init 0xC7, xorout 0x00
    };
    /// CRC-8/NRSC-5: HD Radio; Sensirion sensors.
    CRC_8_NRSC_5, "CRC-8/NRSC-5": bits 8 check 0xF7 Crc8 {
        T8_31, reflected false, init 0xFF, xorout 0x00
    };
    /// CRC-8/OPENSAFETY: openSAFETY.
    CRC_8_OPENSAFETY, "CRC-8/OPENSAFETY": bits 8 check 0x3E Crc8 {
        T8_2F, reflected false, init 0x00, xorout 0x00
    };
    /// CRC-8/ROHC.
    CRC_8_ROHC, "CRC-8/ROHC": bits 8 check 0xD0 Crc8 {
        T8_07_REFLECTED, reflected true, init 0xFF, xorout 0x00
    };
    /// CRC-8/SAE-J1850: SAE J1850 vehicle bus.
    CRC_8_SAE_J1850, "CRC-8/SAE-J1850": bits 8 check 0x4B Crc8 {
        T8_1D, reflected false, init 0xFF, xorout 0xFF
    };
    /// CRC-8/SMBUS: SMBus packet error code; the plain CRC-8.
    CRC_8_SMBUS, "CRC-8/SMBUS" also "CRC-8": bits 8 check 0xF4 Crc8 {
        T8_07, reflected false, init 0x00, xorout 0x00
    };
    /// CRC-8/TECH-3250: AES3 digital audio.
    CRC_8_TECH_3250, "CRC-8/TECH-3250" also "CRC-8/AES" also "CRC-8/EBU": bits 8 check 0x97 Crc8 {
        T8_1D_REFLECTED, reflected true, init 0xFF, xorout 0x00
    };
    /// CRC-8/WCDMA.
    CRC_8_WCDMA, "CRC-8/WCDMA": bits 8 check 0x25 Crc8 {
        T8_9B_REFLECTED, reflected true, init 0x00, xorout 0x00
    };
    /// CRC-16/ARC: ARC, LHA, and what many manuals call CRC-16.
    CRC_16_ARC, "CRC-16/ARC" also "ARC" also "CRC-16" also "CRC-16/LHA" also "CRC-IBM": bits 16 check 0xBB3D Crc16 {
        T16_8005_REFLECTED, reflected true, init 0x0000, xorout 0x0000, fast Crc16Arc
    };
    /// CRC-16/CDMA2000.
    CRC_16_CDMA2000, "CRC-16/CDMA2000": bits 16 check 0x4C06 Crc16 {
        T16_C867, reflected false, init 0xFFFF, xorout 0x0000, fast Crc16Cdma2000
    };
    /// CRC-16/CMS.
    CRC_16_CMS, "CRC-16/CMS": bits 16 check 0xAEE7 Crc16 {
        T16_8005, reflected false, init 0xFFFF, xorout 0x0000, fast Crc16Cms
    };
    /// CRC-16/DDS-110.
    CRC_16_DDS_110, "CRC-16/DDS-110": bits 16 check 0x9ECF Crc16 {
        T16_8005, reflected false, init 0x800D, xorout 0x0000, fast Crc16Dds110
    };
    /// CRC-16/DECT-R.
    CRC_16_DECT_R, "CRC-16/DECT-R" also "R-CRC-16": bits 16 check 0x007E Crc16 {
        T16_0589, reflected false, init 0x0000, xorout 0x0001, fast Crc16DectR
    };
    /// CRC-16/DECT-X.
    CRC_16_DECT_X, "CRC-16/DECT-X" also "X-CRC-16": bits 16 check 0x007F Crc16 {
        T16_0589, reflected false, init 0x0000, xorout 0x0000, fast Crc16DectX
    };
    /// CRC-16/DNP: DNP3.
    CRC_16_DNP, "CRC-16/DNP": bits 16 check 0xEA82 Crc16 {
        T16_3D65_REFLECTED, reflected true, init 0x0000, xorout 0xFFFF, fast Crc16Dnp
    };
    /// CRC-16/EN-13757: wireless M-Bus.
    CRC_16_EN_13757, "CRC-16/EN-13757": bits 16 check 0xC2B7 Crc16 {
        T16_3D65, reflected false, init 0x0000, xorout 0xFFFF, fast Crc16En13757
    };
    /// CRC-16/GENIBUS: GENIbus; EPC RFID.
    CRC_16_GENIBUS, "CRC-16/GENIBUS" also "CRC-16/DARC" also "CRC-16/EPC" also "CRC-16/EPC-C1G2" also "CRC-16/I-CODE": bits 16 check 0xD64E Crc16 {
        T16_1021, reflected false, init 0xFFFF, xorout 0xFFFF, fast Crc16Genibus
    };
    /// CRC-16/GSM.
    CRC_16_GSM, "CRC-16/GSM": bits 16 check 0xCE3C Crc16 {
        T16_1021, reflected false, init 0x0000, xorout 0xFFFF, fast Crc16Gsm
    };
    /// CRC-16/IBM-3740: what many manuals call CCITT, with a register of ones.
    CRC_16_IBM_3740, "CRC-16/IBM-3740" also "CCITT-FALSE" also "CRC-16/CCITT-FALSE" also "CRC-16/AUTOSAR": bits 16 check 0x29B1 Crc16 {
        T16_1021, reflected false, init 0xFFFF, xorout 0x0000, fast Crc16Ibm3740
    };
    /// CRC-16/IBM-SDLC: X.25, HDLC, the FCS-16 of RFC 1662.
    CRC_16_IBM_SDLC, "CRC-16/IBM-SDLC" also "X-25" also "CRC-16/X-25" also "CRC-16/ISO-HDLC" also "CRC-16/ISO-IEC-14443-3-B" also "CRC-B" also "FCS-16": bits 16 check 0x906E Crc16 {
        T16_1021_REFLECTED, reflected true, init 0xFFFF, xorout 0xFFFF, fast Crc16IbmSdlc
    };
    /// CRC-16/ISO-IEC-14443-3-A.
    CRC_16_ISO_IEC_14443_3_A, "CRC-16/ISO-IEC-14443-3-A" also "CRC-A": bits 16 check 0xBF05 Crc16 {
        T16_1021_REFLECTED, reflected true, init 0xC6C6, xorout 0x0000, fast Crc16IsoIec144433A
    };
    /// CRC-16/KERMIT: Kermit; the true CCITT CRC.
    CRC_16_KERMIT, "CRC-16/KERMIT" also "KERMIT" also "CRC-16/CCITT" also "CRC-16/CCITT-TRUE" also "CRC-16/V-41-LSB" also "CRC-CCITT" also "CRC-16/BLUETOOTH": bits 16 check 0x2189 Crc16 {
        T16_1021_REFLECTED, reflected true, init 0x0000, xorout 0x0000, fast Crc16Kermit
    };
    /// CRC-16/LJ1200.
    CRC_16_LJ1200, "CRC-16/LJ1200": bits 16 check 0xBDF4 Crc16 {
        T16_6F63, reflected false, init 0x0000, xorout 0x0000, fast Crc16Lj1200
    };
    /// CRC-16/M17.
    CRC_16_M17, "CRC-16/M17": bits 16 check 0x772B Crc16 {
        T16_5935, reflected false, init 0xFFFF, xorout 0x0000, fast Crc16M17
    };
    /// CRC-16/MAXIM-DOW: 1-Wire.
    CRC_16_MAXIM_DOW, "CRC-16/MAXIM-DOW" also "CRC-16/MAXIM": bits 16 check 0x44C2 Crc16 {
        T16_8005_REFLECTED, reflected true, init 0x0000, xorout 0xFFFF, fast Crc16MaximDow
    };
    /// CRC-16/MCRF4XX: MAVLink.
    CRC_16_MCRF4XX, "CRC-16/MCRF4XX": bits 16 check 0x6F91 Crc16 {
        T16_1021_REFLECTED, reflected true, init 0xFFFF, xorout 0x0000, fast Crc16Mcrf4xx
    };
    /// CRC-16/MODBUS: Modbus RTU.
    CRC_16_MODBUS, "CRC-16/MODBUS" also "MODBUS": bits 16 check 0x4B37 Crc16 {
        T16_8005_REFLECTED, reflected true, init 0xFFFF, xorout 0x0000, fast Crc16Modbus
    };
    /// CRC-16/NRSC-5.
    CRC_16_NRSC_5, "CRC-16/NRSC-5": bits 16 check 0xA066 Crc16 {
        T16_080B_REFLECTED, reflected true, init 0xFFFF, xorout 0x0000, fast Crc16Nrsc5
    };
    /// CRC-16/OPENSAFETY-A.
    CRC_16_OPENSAFETY_A, "CRC-16/OPENSAFETY-A": bits 16 check 0x5D38 Crc16 {
        T16_5935, reflected false, init 0x0000, xorout 0x0000, fast Crc16OpensafetyA
    };
    /// CRC-16/OPENSAFETY-B.
    CRC_16_OPENSAFETY_B, "CRC-16/OPENSAFETY-B": bits 16 check 0x20FE Crc16 {
        T16_755B, reflected false, init 0x0000, xorout 0x0000, fast Crc16OpensafetyB
    };
    /// CRC-16/PROFIBUS: PROFIBUS.
    CRC_16_PROFIBUS, "CRC-16/PROFIBUS" also "CRC-16/IEC-61158-2": bits 16 check 0xA819 Crc16 {
        T16_1DCF, reflected false, init 0xFFFF, xorout 0xFFFF, fast Crc16Profibus
    };
    /// CRC-16/RIELLO.
    CRC_16_RIELLO, "CRC-16/RIELLO": bits 16 check 0x63D0 Crc16 {
        T16_1021_REFLECTED, reflected true, init 0xB2AA, xorout 0x0000, fast Crc16Riello
    };
    /// CRC-16/SPI-FUJITSU.
    CRC_16_SPI_FUJITSU, "CRC-16/SPI-FUJITSU" also "CRC-16/AUG-CCITT": bits 16 check 0xE5CC Crc16 {
        T16_1021, reflected false, init 0x1D0F, xorout 0x0000, fast Crc16SpiFujitsu
    };
    /// CRC-16/T10-DIF.
    CRC_16_T10_DIF, "CRC-16/T10-DIF": bits 16 check 0xD0DB Crc16 {
        T16_8BB7, reflected false, init 0x0000, xorout 0x0000, fast Crc16T10Dif
    };
    /// CRC-16/TELEDISK.
    CRC_16_TELEDISK, "CRC-16/TELEDISK": bits 16 check 0x0FB3 Crc16 {
        T16_A097, reflected false, init 0x0000, xorout 0x0000, fast Crc16Teledisk
    };
    /// CRC-16/TMS37157.
    CRC_16_TMS37157, "CRC-16/TMS37157": bits 16 check 0x26B1 Crc16 {
        T16_1021_REFLECTED, reflected true, init 0x89EC, xorout 0x0000, fast Crc16Tms37157
    };
    /// CRC-16/UMTS.
    CRC_16_UMTS, "CRC-16/UMTS" also "CRC-16/BUYPASS" also "CRC-16/VERIFONE": bits 16 check 0xFEE8 Crc16 {
        T16_8005, reflected false, init 0x0000, xorout 0x0000, fast Crc16Umts
    };
    /// CRC-16/USB: USB data packets.
    CRC_16_USB, "CRC-16/USB": bits 16 check 0xB4C8 Crc16 {
        T16_8005_REFLECTED, reflected true, init 0xFFFF, xorout 0xFFFF, fast Crc16Usb
    };
    /// CRC-16/XMODEM: XMODEM, ZMODEM.
    CRC_16_XMODEM, "CRC-16/XMODEM" also "XMODEM" also "ZMODEM" also "CRC-16/ACORN" also "CRC-16/LTE" also "CRC-16/V-41-MSB": bits 16 check 0x31C3 Crc16 {
        T16_1021, reflected false, init 0x0000, xorout 0x0000, fast Crc16Xmodem
    };
    /// CRC-32/AIXM.
    CRC_32_AIXM, "CRC-32/AIXM" also "CRC-32Q": bits 32 check 0x3010BF7F Crc32 {
        T32_814141AB, reflected false, init 0x00000000, xorout 0x00000000, fast Crc32Aixm
    };
    /// CRC-32/AUTOSAR.
    CRC_32_AUTOSAR, "CRC-32/AUTOSAR": bits 32 check 0x1697D06A Crc32 {
        T32_F4ACFB13_REFLECTED, reflected true, init 0xFFFFFFFF, xorout 0xFFFFFFFF, fast Crc32Autosar
    };
    /// CRC-32/BASE91-D.
    CRC_32_BASE91_D, "CRC-32/BASE91-D" also "CRC-32D": bits 32 check 0x87315576 Crc32 {
        T32_A833982B_REFLECTED, reflected true, init 0xFFFFFFFF, xorout 0xFFFFFFFF, fast Crc32Base91D
    };
    /// CRC-32/BZIP2: bzip2, AAL5.
    CRC_32_BZIP2, "CRC-32/BZIP2" also "CRC-32/AAL5" also "CRC-32/DECT-B" also "B-CRC-32": bits 32 check 0xFC891918 Crc32 {
        T32_04C11DB7, reflected false, init 0xFFFFFFFF, xorout 0xFFFFFFFF, fast Crc32Bzip2
    };
    /// CRC-32/CD-ROM-EDC.
    CRC_32_CD_ROM_EDC, "CRC-32/CD-ROM-EDC": bits 32 check 0x6EC2EDC4 Crc32 {
        T32_8001801B_REFLECTED, reflected true, init 0x00000000, xorout 0x00000000, fast Crc32CdRomEdc
    };
    /// CRC-32/CKSUM: POSIX `cksum`, without the length that it appends.
    CRC_32_CKSUM, "CRC-32/CKSUM" also "CKSUM" also "CRC-32/POSIX": bits 32 check 0x765E7680 Crc32 {
        T32_04C11DB7, reflected false, init 0x00000000, xorout 0xFFFFFFFF, fast Crc32Cksum
    };
    /// CRC-32/ISCSI: iSCSI, SCTP; Castagnoli's.
    CRC_32_ISCSI, "CRC-32/ISCSI" also "CRC-32C" also "CRC-32/CASTAGNOLI" also "CRC-32/BASE91-C" also "CRC-32/INTERLAKEN" also "CRC-32/NVME": bits 32 check 0xE3069283 Crc32 {
        T32_1EDC6F41_REFLECTED, reflected true, init 0xFFFFFFFF, xorout 0xFFFFFFFF, fast Crc32Iscsi
    };
    /// CRC-32/ISO-HDLC: Ethernet, zip, the FCS-32 of RFC 1662.
    CRC_32_ISO_HDLC, "CRC-32/ISO-HDLC" also "CRC-32" also "CRC-32/ADCCP" also "CRC-32/V-42" also "CRC-32/XZ" also "PKZIP" also "FCS-32": bits 32 check 0xCBF43926 Crc32 {
        T32_04C11DB7_REFLECTED, reflected true, init 0xFFFFFFFF, xorout 0xFFFFFFFF, fast Crc32IsoHdlc
    };
    /// CRC-32/JAMCRC: as CRC-32/ISO-HDLC without the final inversion.
    CRC_32_JAMCRC, "CRC-32/JAMCRC" also "JAMCRC": bits 32 check 0x340BC6D9 Crc32 {
        T32_04C11DB7_REFLECTED, reflected true, init 0xFFFFFFFF, xorout 0x00000000, fast Crc32Jamcrc
    };
    /// CRC-32/MEF.
    CRC_32_MEF, "CRC-32/MEF": bits 32 check 0xD2C22F51 Crc32 {
        T32_741B8CD7_REFLECTED, reflected true, init 0xFFFFFFFF, xorout 0x00000000, fast Crc32Mef
    };
    /// CRC-32/MPEG-2: MPEG-2; STM32's hardware unit.
    CRC_32_MPEG_2, "CRC-32/MPEG-2": bits 32 check 0x0376E6E7 Crc32 {
        T32_04C11DB7, reflected false, init 0xFFFFFFFF, xorout 0x00000000, fast Crc32Mpeg2
    };
    /// CRC-32/XFER: XFER.
    CRC_32_XFER, "CRC-32/XFER" also "XFER": bits 32 check 0xBD0BE338 Crc32 {
        T32_000000AF, reflected false, init 0x00000000, xorout 0x00000000, fast Crc32Xfer
    };
}

generators! {
    T8_2F: u8 = tables8(0x2F, false);
    T8_A7_REFLECTED: u8 = tables8(0xA7, true);
    T8_9B: u8 = tables8(0x9B, false);
    T8_39_REFLECTED: u8 = tables8(0x39, true);
    T8_D5: u8 = tables8(0xD5, false);
    T8_1D: u8 = tables8(0x1D, false);
    T8_49: u8 = tables8(0x49, false);
    T8_07: u8 = tables8(0x07, false);
    T8_31_REFLECTED: u8 = tables8(0x31, true);
    T8_31: u8 = tables8(0x31, false);
    T8_07_REFLECTED: u8 = tables8(0x07, true);
    T8_1D_REFLECTED: u8 = tables8(0x1D, true);
    T8_9B_REFLECTED: u8 = tables8(0x9B, true);
    T16_8005_REFLECTED: u16 = tables16(0x8005, true);
    T16_C867: u16 = tables16(0xC867, false);
    T16_8005: u16 = tables16(0x8005, false);
    T16_0589: u16 = tables16(0x0589, false);
    T16_3D65_REFLECTED: u16 = tables16(0x3D65, true);
    T16_3D65: u16 = tables16(0x3D65, false);
    T16_1021: u16 = tables16(0x1021, false);
    T16_1021_REFLECTED: u16 = tables16(0x1021, true);
    T16_6F63: u16 = tables16(0x6F63, false);
    T16_5935: u16 = tables16(0x5935, false);
    T16_080B_REFLECTED: u16 = tables16(0x080B, true);
    T16_755B: u16 = tables16(0x755B, false);
    T16_1DCF: u16 = tables16(0x1DCF, false);
    T16_8BB7: u16 = tables16(0x8BB7, false);
    T16_A097: u16 = tables16(0xA097, false);
    T32_814141AB: u32 = tables32(0x814141AB, false);
    T32_F4ACFB13_REFLECTED: u32 = tables32(0xF4ACFB13, true);
    T32_A833982B_REFLECTED: u32 = tables32(0xA833982B, true);
    T32_04C11DB7: u32 = tables32(0x04C11DB7, false);
    T32_8001801B_REFLECTED: u32 = tables32(0x8001801B, true);
    T32_1EDC6F41_REFLECTED: u32 = tables32(0x1EDC6F41, true);
    T32_04C11DB7_REFLECTED: u32 = tables32(0x04C11DB7, true);
    T32_741B8CD7_REFLECTED: u32 = tables32(0x741B8CD7, true);
    T32_000000AF: u32 = tables32(0x000000AF, false);
}
