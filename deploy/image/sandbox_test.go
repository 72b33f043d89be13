package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"walletwatch/deploy/image/rootfs"
)

// inSandbox makes the test binary enter the sandbox that the variable describes and become the program in there.
const inSandbox = "WALLETWATCH_TEST_SANDBOX"

// sandbox runs a program the way a container does: in the image's root, read-only but for what is mounted writable, as
// the image's user, without capabilities and without /proc, /dev or /tmp. The network is the machine's.
type sandbox struct {
	Root   string
	Mounts []mount
	Args   []string
	Env    []string
	Dir    string
}

type mount struct {
	From, To string // To is a path in the image
	Writable bool
}

// command returns the program in the sandbox, not yet started. It takes root or user namespaces.
func (s sandbox) command(t testing.TB) *exec.Cmd {
	t.Helper()
	spec, err := json.Marshal(s)
	must(t, err)
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = []string{inSandbox + "=" + string(spec)}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: rootfs.UID, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: rootfs.GID, HostID: os.Getgid(), Size: 1}}
		cmd.SysProcAttr.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SYS_CHROOT}
	}
	return cmd
}

// enter becomes the program of the sandbox that spec describes; it returns only on failure.
func enter(spec string) error {
	runtime.LockOSThread() // capabilities and namespaces belong to threads
	var s sandbox
	if err := json.Unmarshal([]byte(spec), &s); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("leaving the machine's mounts alone (run the tests as root, or allow user namespaces): %w", err)
	}
	for _, m := range append([]mount{{From: s.Root, To: "/"}}, s.Mounts...) {
		if err := m.on(s.Root); err != nil {
			return fmt.Errorf("mounting %s: %w", m.To, err)
		}
	}
	if err := errors.Join(unix.Chroot(s.Root), unix.Chdir(s.Dir), becomeUser()); err != nil {
		return err
	}
	return syscall.Exec(s.Args[0], s.Args, s.Env)
}

// on mounts m below root.
func (m mount) on(root string) error {
	target := filepath.Join(root, m.To)
	if err := unix.Mount(m.From, target, "", unix.MS_BIND, ""); err != nil {
		return err
	}
	if m.Writable {
		return nil
	}
	var now unix.Statfs_t
	if err := unix.Statfs(target, &now); err != nil {
		return err
	}
	// A user namespace may not take away what the machine's own mount has.
	kept := uintptr(now.Flags) & (unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_NOATIME | unix.MS_NODIRATIME)
	if now.Flags&unix.ST_RELATIME != 0 {
		kept |= unix.MS_RELATIME
	}
	return unix.Mount("", target, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|kept, "")
}

// becomeUser gives up every privilege for good.
func becomeUser() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if os.Getuid() != 0 { // in a user namespace, as the user already
		return unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
	}
	return errors.Join(syscall.Setgroups(nil), syscall.Setgid(rootfs.GID), syscall.Setuid(rootfs.UID))
}

// dataDir is a directory of the machine that the image's user may write to.
func dataDir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if os.Getuid() == 0 {
		must(t, os.Chown(dir, rootfs.UID, rootfs.GID))
	}
	return dir
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
