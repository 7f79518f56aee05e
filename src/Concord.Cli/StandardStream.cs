using System.Runtime.InteropServices;

namespace Concord.Cli;

/// <summary>
/// Standard output or standard error. Words that cannot be written are no reason to end a command: the first failure is remembered,
/// told to the other stream, and decides the exit code; nothing more is written.
/// </summary>
internal sealed class StandardStream : Stream
{
    private readonly int _descriptor;
    private readonly Stream? _console;   // where there are no descriptors
    private readonly Lock _lock = new();

    // Never disposed: it keeps a number taken that would else be that of the next file, which would get what is meant for people.
    private static Microsoft.Win32.SafeHandles.SafeFileHandle? s_nowhere;

    private StandardStream(int descriptor)
    {
        _descriptor = descriptor;
        if (OperatingSystem.IsWindows()) _console = descriptor == 1 ? Console.OpenStandardOutput() : Console.OpenStandardError();
        else if (!Unix.IsInherited(descriptor))
        {
            Failure = Words(Unix.BadDescriptor);
            if (!Unix.IsOpen(descriptor)) Unix.Duplicate(s_nowhere ??= File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write,
                FileShare.ReadWrite), descriptor);
        }
        Writer = TextWriter.Synchronized(new StreamWriter(this, Console.OutputEncoding) { AutoFlush = true });
    }

    /// <summary>Standard output.</summary>
    public static StandardStream Output { get; private set; } = null!;

    /// <summary>Standard error.</summary>
    public static StandardStream Error { get; private set; } = null!;

    /// <summary>Finds out what there is to write to. To be called before any file is opened.</summary>
    public static void Prepare() => (Output, Error) = (new(1), new(2));

    /// <summary>Takes text. Safe to be called by several threads.</summary>
    public TextWriter Writer { get; }

    /// <summary>Why something is missing from the stream; null if nothing is.</summary>
    public string? Failure { get; private set; }

    /// <summary>Whether something was to be written, and is not there.</summary>
    public bool IsIncomplete { get; private set; }

    /// <summary>Whether it is a terminal that can go back over a line.</summary>
    public bool IsTerminal => Failure is null && !(_descriptor == 1 ? Console.IsOutputRedirected : Console.IsErrorRedirected)
        && Environment.GetEnvironmentVariable("TERM") != "dumb";

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.IsEmpty) return;
        lock (_lock)
        {
            Failure ??= TryWrite(buffer);
            if (Failure is null || IsIncomplete) return;
            IsIncomplete = true;
        }
        // People look at standard error; what standard output takes may be for a program, and is told at the end, in its own form.
        if (this == Output) Error.Writer.WriteLine($"concord: {Missing}");
    }

    /// <summary>A sentence that says what is missing.</summary>
    public string Missing => $"Not all of standard {(_descriptor == 1 ? "output" : "error")} could be written: {Failure}. "
        + "The command continues without it, and its exit code shows it.";

    private string? TryWrite(ReadOnlySpan<byte> bytes)
    {
        if (_console is not null)
        {
            try
            {
                _console.Write(bytes);
                return null;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return error.Message.TrimEnd('.');
            }
        }
        while (!bytes.IsEmpty)
        {
            var written = Unix.Write(_descriptor, bytes, bytes.Length);
            if (written >= 0)
            {
                bytes = bytes[(int)written..];
                continue;
            }
            switch (Marshal.GetLastPInvokeError())
            {
                case Unix.Interrupted:
                    break;
                case Unix.TryAgain or Unix.TryAgainMac:   // somebody made it one that does not wait
                    Thread.Sleep(1);
                    break;
                case var error:
                    return Words(error);
            }
        }
        return null;
    }

    private static string Words(int error) => error switch
    {
        Unix.BadDescriptor => "it is closed",
        Unix.Pipe => "the program that reads it has closed it",
        Unix.NoSpace => "the disk is full",
        Unix.TooLarge => "the file would be larger than is allowed here",
        _ => Marshal.GetPInvokeErrorMessage(error),
    };
}
