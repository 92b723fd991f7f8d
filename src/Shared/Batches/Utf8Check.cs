using System.Buffers;
using System.Text;

namespace MlxVideo.Shared.Batches;

/// <summary>Finds what is not UTF-8 in a file, reading it in pieces.</summary>
internal static class Utf8Check
{
    private const int PieceSize = 1 << 16;

    /// <summary>The first fault from the stream's position on, or null.</summary>
    public static CsvFault? Find(Stream file)
    {
        var buffer = new byte[PieceSize];
        var (held, offset, line) = (0, 0L, 1);
        while (true)
        {
            var read = file.ReadAtLeast(buffer.AsSpan(held), 1, throwOnEndOfStream: false);
            var rest = (ReadOnlySpan<byte>)buffer.AsSpan(0, held + read);
            if (offset == 0 && (rest.StartsWith((byte[])[0xFF, 0xFE]) || rest.StartsWith((byte[])[0xFE, 0xFF])))
                return new CsvFault(1, null, "The file is UTF-16: save it as UTF-8.");
            while (!rest.IsEmpty)
            {
                var status = Rune.DecodeFromUtf8(rest, out var rune, out var length);
                if (status == OperationStatus.NeedMoreData && read > 0)
                    break;
                if (status != OperationStatus.Done)
                    return new CsvFault(line, null, $"The file is not UTF-8: byte {offset} is 0x{rest[0]:X2}, which belongs to no character; save the file as UTF-8.");
                // Lines end as CsvHelper counts them: with CR, LF or both.
                if (rune.Value == '\n' || (rune.Value == '\r' && !(rest.Length > 1 && rest[1] == '\n')))
                    line++;
                rest = rest[length..];
                offset += length;
            }

            if (read == 0)
                return null;
            rest.CopyTo(buffer);
            held = rest.Length;
        }
    }
}
