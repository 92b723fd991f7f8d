using MetadataExtractor;
using MetadataExtractor.Formats.Exif;
using MetadataExtractor.Formats.Jpeg;
using MetadataExtractor.Formats.Png;
using MetadataExtractor.Formats.Tiff;
using MetadataExtractor.Formats.WebP;
using MetadataExtractor.IO;
using Directory = MetadataExtractor.Directory;

namespace MlxVideo.Media.Images;

/// <summary>
/// EXIF orientation of JPEG, PNG and WebP files. It is not determined with ffmpeg, because the formats with orientation support differ
/// between ffmpeg versions.
/// </summary>
internal static class ImageOrientation
{
    private const int Normal = 1;
    private static readonly PngChunkType ExifChunk = new("eXIf");

    /// <summary>Returns the orientation of an image file, 1 to 8; 1 when it has none or is damaged.</summary>
    public static int Find(byte[] file)
    {
        try
        {
            return ReadExif(file).OfType<ExifIfd0Directory>()
                .Select(exif => exif.TryGetInt32(ExifDirectoryBase.TagOrientation, out var orientation) ? orientation : Normal)
                .FirstOrDefault(orientation => orientation is >= 1 and <= 8, Normal);
        }
        catch (Exception ex) when (ex is not OutOfMemoryException)
        {
            return Normal; // the parser's exceptions for damaged files are not documented
        }
    }

    /// <summary>Rotates and mirrors an image to its upright orientation.</summary>
    public static RgbImage Apply(RgbImage image, int orientation)
    {
        if (orientation == Normal)
            return image;
        var (right, bottom) = (image.Width - 1, image.Height - 1);
        var (width, height) = orientation >= 5 ? (image.Height, image.Width) : (image.Width, image.Height);
        var pixels = new byte[image.Pixels.Length];
        var target = pixels.AsSpan();
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (column, row) = orientation switch
                {
                    2 => (right - x, y),
                    3 => (right - x, bottom - y),
                    4 => (x, bottom - y),
                    5 => (y, x),
                    6 => (y, bottom - x),
                    7 => (right - y, bottom - x),
                    _ => (right - y, x),
                };
                image.Pixels.AsSpan((row * image.Width + column) * RgbImage.Channels, RgbImage.Channels).CopyTo(target);
                target = target[RgbImage.Channels..];
            }
        }

        return new RgbImage(width, height, pixels);
    }

    // Only EXIF data is read, because other chunks can be compressed and expand to any size.
    private static IReadOnlyList<Directory> ReadExif(byte[] file)
    {
        using var stream = new MemoryStream(file);
        return file switch
        {
            [0xFF, 0xD8, ..] => JpegMetadataReader.ReadMetadata(stream, [new ExifReader()]).ToList(),
            [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => new PngChunkReader().Extract(new SequentialStreamReader(stream), [ExifChunk])
                .SelectMany(chunk => ReadTiff(chunk.Bytes)).ToList(),
            [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] =>
                WebPMetadataReader.ReadMetadata(stream),
            _ => [],
        };
    }

    private static List<Directory> ReadTiff(byte[] tiff)
    {
        var directories = new List<Directory>();
        TiffReader.ProcessTiff(new ByteArrayReader(tiff), new ExifTiffHandler(directories));
        return directories;
    }
}
