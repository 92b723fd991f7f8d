using System.Buffers;
using System.Text;

namespace MlxVideo.Shared.Csv;

/// <summary>Validates UTF-8 text, reading the file in chunks.</summary>
internal static class Utf8Check
{
    private const int PieceSize = 1 << 16;
    private const string Remedy = "called CSV UTF-8 in Excel";

    /// <summary>Returns the first error from the stream's position on, or null.</summary>
    public static CsvError? Find(Stream file)
    {
        var buffer = new byte[PieceSize];
        var (held, offset, line) = (0, 0L, 1);
        while (true)
        {
            var read = file.ReadAtLeast(buffer.AsSpan(held), 1, throwOnEndOfStream: false);
            var rest = (ReadOnlySpan<byte>)buffer.AsSpan(0, held + read);
            if (offset == 0 && rest.StartsWith("PK\u0003\u0004"u8))
                return new CsvError(1, null, "The file is a ZIP archive, probably an Excel workbook: save the sheet as CSV UTF-8.");
            while (!rest.IsEmpty)
            {
                var status = Rune.DecodeFromUtf8(rest, out var rune, out var length);
                if (status == OperationStatus.NeedMoreData && read > 0)
                    break;
                if (status != OperationStatus.Done)
                {
                    return new CsvError(
                        line, null,
                        $"The file is not UTF-8: byte {offset} is 0x{rest[0]:X2}{InWindows(rest[0])}; save it as UTF-8, {Remedy}.");
                }

                if (rune.Value == 0)
                    return new CsvError(line, null, $"Byte {offset} is 0, which is not text: save the file as UTF-8, {Remedy}.");
                // Lines are counted like in CsvHelper: they end with CR, LF or both.
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

    /// <summary>Describes a byte in Windows-1252, the other common encoding of spreadsheets on Windows.</summary>
    private static string InWindows(byte value) =>
        CodePagesEncodingProvider.Instance.GetEncoding(1252)!.GetString([value]) is [var character] && !char.IsControl(character)
            ? $" ('{character}' in Windows-1252)"
            : "";
}
