//! The ioctls of ttys that have no safe wrapper: this crate's one island of unsafe code.
//!
//! Each function is safe to call on any descriptor: the kernel answers `ENOTTY` for what the file
//! behind it does not have. Layouts and numbers are those of `<linux/serial.h>` and
//! `<asm-generic/ioctls.h>`; `libc` has the numbers per architecture.
#![expect(
    unsafe_code,
    reason = "no crate wraps these ioctls; each call states why its argument is what the kernel expects"
)]

use std::os::fd::BorrowedFd;

use libc::c_int;
use rustix::{
    io::Result,
    ioctl::{Getter, NoArg, Opcode, Setter, ioctl},
};

#[cfg(target_os = "linux")]
pub(crate) use linux::*;
#[cfg(not(target_os = "linux"))]
pub(crate) use other::*;

/// The modem lines, `TIOCM_*` bits (`TIOCMGET`).
pub(crate) fn modem_lines(fd: BorrowedFd<'_>) -> Result<c_int> {
    // SAFETY: TIOCMGET writes one int.
    unsafe { ioctl(fd, Getter::<{ libc::TIOCMGET as Opcode }, c_int>::new()) }
}

/// Raises (`TIOCMBIS`) or lowers (`TIOCMBIC`) the modem lines in `bits`.
pub(crate) fn set_modem_lines(fd: BorrowedFd<'_>, bits: c_int, on: bool) -> Result<()> {
    if on {
        // SAFETY: TIOCMBIS reads one int.
        unsafe { ioctl(fd, Setter::<{ libc::TIOCMBIS as Opcode }, c_int>::new(bits)) }
    } else {
        // SAFETY: TIOCMBIC reads one int.
        unsafe { ioctl(fd, Setter::<{ libc::TIOCMBIC as Opcode }, c_int>::new(bits)) }
    }
}

/// Starts (`TIOCSBRK`) or ends (`TIOCCBRK`) a break.
pub(crate) fn set_break(fd: BorrowedFd<'_>, on: bool) -> Result<()> {
    if on {
        // SAFETY: TIOCSBRK takes no argument.
        unsafe { ioctl(fd, NoArg::<{ libc::TIOCSBRK as Opcode }>::new()) }
    } else {
        // SAFETY: TIOCCBRK takes no argument.
        unsafe { ioctl(fd, NoArg::<{ libc::TIOCCBRK as Opcode }>::new()) }
    }
}

/// Bytes written and not yet handed to the transmitter (`TIOCOUTQ`).
pub(crate) fn output_queue(fd: BorrowedFd<'_>) -> Result<usize> {
    // SAFETY: TIOCOUTQ writes one int.
    let queued = unsafe { ioctl(fd, Getter::<{ libc::TIOCOUTQ as Opcode }, c_int>::new()) }?;
    Ok(usize::try_from(queued).unwrap_or(0))
}

/// The kernel's `struct serial_rs485`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct SerialRs485 {
    pub(crate) flags: u32,
    pub(crate) delay_rts_before_send: u32,
    pub(crate) delay_rts_after_send: u32,
    padding: [u32; 5],
}

pub(crate) const SER_RS485_ENABLED: u32 = 1 << 0;
pub(crate) const SER_RS485_RTS_ON_SEND: u32 = 1 << 1;
pub(crate) const SER_RS485_RTS_AFTER_SEND: u32 = 1 << 2;
pub(crate) const SER_RS485_RX_DURING_TX: u32 = 1 << 4;
pub(crate) const SER_RS485_TERMINATE_BUS: u32 = 1 << 5;

/// The kernel's `struct serial_icounter_struct`: what a port has counted since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Counters {
    pub(crate) cts: c_int,
    pub(crate) dsr: c_int,
    pub(crate) rng: c_int,
    pub(crate) dcd: c_int,
    pub(crate) rx: c_int,
    pub(crate) tx: c_int,
    pub(crate) frame: c_int,
    pub(crate) overrun: c_int,
    pub(crate) parity: c_int,
    pub(crate) brk: c_int,
    pub(crate) buf_overrun: c_int,
    reserved: [c_int; 9],
}

#[cfg(target_os = "linux")]
mod linux {
    use core::{ffi::c_ulong, ptr};

    use rustix::ioctl::Updater;

    use super::*;

    /// The transmitter's shift register is empty.
    const TIOCSER_TEMT: c_int = 1;
    /// Push received characters to readers at once.
    const ASYNC_LOW_LATENCY: c_int = 1 << 13;

    /// The kernel's `struct serial_struct`.
    #[derive(Clone, Copy)]
    #[repr(C)]
    struct SerialStruct {
        kind: c_int,
        line: c_int,
        port: u32,
        irq: c_int,
        flags: c_int,
        xmit_fifo_size: c_int,
        custom_divisor: c_int,
        baud_base: c_int,
        close_delay: u16,
        io_type: u8,
        reserved: u8,
        hub6: c_int,
        closing_wait: u16,
        closing_wait2: u16,
        iomem_base: *mut u8,
        iomem_reg_shift: u16,
        port_high: u32,
        iomap_base: c_ulong,
    }

    /// Whether the last stop bit has left (`TIOCSERGETLSR`). `ENOTTY` where the driver cannot tell.
    pub(crate) fn transmitter_empty(fd: BorrowedFd<'_>) -> Result<bool> {
        // SAFETY: TIOCSERGETLSR writes one unsigned int.
        let lsr = unsafe {
            ioctl(
                fd,
                Getter::<{ libc::TIOCSERGETLSR as Opcode }, c_int>::new(),
            )
        }?;
        Ok(lsr & TIOCSER_TEMT != 0)
    }

    /// What the port has counted (`TIOCGICOUNT`). `ENOTTY` where the driver does not count.
    pub(crate) fn counters(fd: BorrowedFd<'_>) -> Result<Counters> {
        let mut counters = Counters::default();
        // SAFETY: TIOCGICOUNT writes one serial_icounter_struct, whose layout `Counters` has.
        unsafe {
            let get = Updater::<{ libc::TIOCGICOUNT as Opcode }, _>::new(&mut counters);
            ioctl(fd, get)?;
        }
        Ok(counters)
    }

    /// Sets the kernel's RS-485 mode, and gives what the driver made of it (`TIOCSRS485`).
    pub(crate) fn set_rs485(fd: BorrowedFd<'_>, mut mode: SerialRs485) -> Result<SerialRs485> {
        // SAFETY: TIOCSRS485 reads one serial_rs485, whose layout `SerialRs485` has, and writes back
        // what it has set.
        unsafe {
            let set = Updater::<{ libc::TIOCSRS485 as Opcode }, _>::new(&mut mode);
            ioctl(fd, set)?;
        }
        Ok(mode)
    }

    /// Sets or clears the low-latency flag (`TIOCGSERIAL`, `TIOCSSERIAL`).
    pub(crate) fn set_low_latency(fd: BorrowedFd<'_>, on: bool) -> Result<()> {
        let mut port = SerialStruct {
            kind: 0,
            line: 0,
            port: 0,
            irq: 0,
            flags: 0,
            xmit_fifo_size: 0,
            custom_divisor: 0,
            baud_base: 0,
            close_delay: 0,
            io_type: 0,
            reserved: 0,
            hub6: 0,
            closing_wait: 0,
            closing_wait2: 0,
            iomem_base: ptr::null_mut(),
            iomem_reg_shift: 0,
            port_high: 0,
            iomap_base: 0,
        };
        // SAFETY: TIOCGSERIAL writes one serial_struct, whose layout `SerialStruct` has; the kernel
        // does not follow the pointer in it.
        unsafe {
            let get = Updater::<{ libc::TIOCGSERIAL as Opcode }, _>::new(&mut port);
            ioctl(fd, get)?;
        }
        let flags = if on {
            port.flags | ASYNC_LOW_LATENCY
        } else {
            port.flags & !ASYNC_LOW_LATENCY
        };
        if flags == port.flags {
            return Ok(());
        }
        port.flags = flags;
        // SAFETY: TIOCSSERIAL reads one serial_struct: the one that the kernel just gave, with one
        // flag changed.
        unsafe { ioctl(fd, Setter::<{ libc::TIOCSSERIAL as Opcode }, _>::new(port)) }
    }

    /// Turns packet mode of a pseudo-terminal's owner on or off (`TIOCPKT`).
    pub(crate) fn set_packet_mode(fd: BorrowedFd<'_>, on: bool) -> Result<()> {
        // SAFETY: TIOCPKT reads one int.
        unsafe {
            ioctl(
                fd,
                Setter::<{ libc::TIOCPKT as Opcode }, c_int>::new(on.into()),
            )
        }
    }

    /// Whether somebody has set exclusive mode (`TIOCGEXCL`).
    pub(crate) fn is_exclusive(fd: BorrowedFd<'_>) -> Result<bool> {
        // SAFETY: TIOCGEXCL writes one int.
        let set = unsafe { ioctl(fd, Getter::<{ libc::TIOCGEXCL as Opcode }, c_int>::new()) }?;
        Ok(set != 0)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_layouts_are_the_kernels() {
            assert_eq!(size_of::<SerialRs485>(), 32);
            assert_eq!(size_of::<Counters>(), 80);
            #[cfg(target_pointer_width = "64")]
            assert_eq!(size_of::<SerialStruct>(), 72);
        }
    }
}

/// What only Linux has.
#[cfg(not(target_os = "linux"))]
mod other {
    use rustix::io::Errno;

    use super::*;

    pub(crate) fn transmitter_empty(_: BorrowedFd<'_>) -> Result<bool> {
        Err(Errno::NOTTY)
    }

    pub(crate) fn counters(_: BorrowedFd<'_>) -> Result<Counters> {
        Err(Errno::NOTTY)
    }

    pub(crate) fn set_rs485(_: BorrowedFd<'_>, _: SerialRs485) -> Result<SerialRs485> {
        Err(Errno::NOTTY)
    }

    pub(crate) fn set_low_latency(_: BorrowedFd<'_>, _: bool) -> Result<()> {
        Err(Errno::NOTTY)
    }

    pub(crate) fn set_packet_mode(_: BorrowedFd<'_>, _: bool) -> Result<()> {
        Err(Errno::NOTTY)
    }

    pub(crate) fn is_exclusive(_: BorrowedFd<'_>) -> Result<bool> {
        Ok(false)
    }
}
