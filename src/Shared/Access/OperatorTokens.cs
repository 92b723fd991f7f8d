using System.Text;
using MlxVideo.Shared.Security;

namespace MlxVideo.Shared.Access;

/// <summary>The user's operator tokens: one line per farm in a file that only the user may read.</summary>
public sealed class OperatorTokens
{
    private OperatorTokens(string file) => FilePath = file;

    /// <summary>Path of the file.</summary>
    public string FilePath { get; }

    /// <summary>The file in the user's configuration folder.</summary>
    public static OperatorTokens OfUser() => new(Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify),
        "mlx-video", "farm-tokens"));

    /// <summary>Returns the tokens, the newest first.</summary>
    /// <exception cref="IOException">Other users can read the file, or a line is not a token.</exception>
    public IReadOnlyList<FarmToken> Read()
    {
        if (!File.Exists(FilePath))
            return [];
        try
        {
            return Encoding.UTF8.GetString(PrivateFile.Read(FilePath))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(FarmToken.ParseOperator).Reverse().ToList();
        }
        catch (FarmTokenException ex)
        {
            throw new IOException($"{FilePath} has an unusable line: {ex.Message}", ex);
        }
    }

    /// <summary>Adds a token.</summary>
    public void Add(FarmToken token)
    {
        PrivateFile.CreateFolder(Path.GetDirectoryName(FilePath)!);
        var lines = string.Concat(Read().Reverse().Append(token).Select(each => $"{each}\n"));
        PrivateFile.Write(FilePath, Encoding.UTF8.GetBytes(lines));
    }
}
