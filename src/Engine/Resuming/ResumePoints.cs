using System.Security.Cryptography;
using System.Text;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Resuming;

/// <summary>
/// The resume points of a machine: one file per interrupted denoise stage in a folder of its own. The number and the age of the files are
/// limited, because most interrupted stages continue on other machines.
/// </summary>
public sealed class ResumePoints
{
    private const string Extension = ".safetensors";

    /// <summary>A file has tens of megabytes.</summary>
    private const int MaxFiles = 8;

    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(7);

    private readonly string _folder;
    private readonly string _origin;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly Action<string> _notice;

    /// <summary>Opens the folder, creates it if missing, and removes leftovers.</summary>
    /// <param name="folder">A folder used only for this, by one process at a time.</param>
    /// <param name="origin">
    /// Everything besides a stage and its inputs that affects the bits of its result: model, arithmetic and version of the engine.
    /// </param>
    /// <param name="interval">Computing time that an interruption may cost, unless a single step takes longer.</param>
    /// <param name="notice">Receives a sentence for the user when a state can't be saved.</param>
    public ResumePoints(string folder, string origin, TimeSpan interval, TimeProvider time, Action<string>? notice = null)
    {
        (_folder, _origin, _interval, _time, _notice) = (folder, origin, interval, time, notice ?? (_ => { }));
        Directory.CreateDirectory(folder);
        foreach (var partial in Directory.EnumerateFiles(folder, $"*{Extension}.partial"))
            File.Delete(partial);
        Prune();
    }

    /// <summary>Version of the engine's code, which is part of the origin: it changes whenever the code does.</summary>
    public static string EngineVersion => typeof(ResumePoints).Module.ModuleVersionId.ToString("N");

    /// <summary>Returns the resume point of a stage; null for a stage that can't be resumed.</summary>
    /// <param name="inputDigests">SHA-256 of the input artefacts, by name.</param>
    public ResumePoint? Of(Stage stage, IReadOnlyDictionary<string, string> inputDigests)
    {
        if (stage is not DenoiseStage || stage.Inputs.Any(input => !inputDigests.ContainsKey(input)))
            return null;
        Prune();
        var key = KeyOf(stage, inputDigests);
        return new ResumePoint(Path.Combine(_folder, key + Extension), key, _interval, _time, _notice);
    }

    private string KeyOf(Stage stage, IReadOnlyDictionary<string, string> inputDigests)
    {
        var lines = stage.Inputs.Select(input => inputDigests[input]).Prepend(StageJson.Serialize(stage)).Append(_origin);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
    }

    private void Prune()
    {
        var oldest = _time.GetUtcNow().UtcDateTime - MaxAge;
        try
        {
            var files = new DirectoryInfo(_folder).GetFiles($"*{Extension}").OrderByDescending(file => file.LastWriteTimeUtc);
            foreach (var file in files.Where((file, index) => index >= MaxFiles || file.LastWriteTimeUtc < oldest).ToList())
                file.Delete();
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            _notice($"Old files in {_folder} can't be removed ({ex.Message.TrimEnd('.')}).");
        }
    }
}
