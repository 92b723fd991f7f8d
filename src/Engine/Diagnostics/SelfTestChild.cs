using System.Diagnostics;
using MlxVideo.Engine.Kernels;
using MlxVideo.Shared.Errors;
using TorchSharp;

namespace MlxVideo.Engine.Diagnostics;

/// <summary>
/// The child's side of <see cref="SelfTestProcess"/>: every executable with an engine runs it for a hidden verb, which is not part of its
/// command line.
/// </summary>
public static class SelfTestChild
{
    /// <summary>The hidden verb.</summary>
    internal const string Verb = "self-test-child";

    /// <summary>True when the arguments request a self-test.</summary>
    public static bool IsRequested(string[] args) => args is [Verb, _, _, _];

    /// <summary>Tests the settings in the arguments, and writes the results to standard output.</summary>
    /// <returns>The exit code: 0 when the test ran, whatever its outcome.</returns>
    public static int Run(string[] args)
    {
        new Thread(EndWithParent) { IsBackground = true, Name = "parent watch" }.Start();
        try
        {
            var fault = SelfTestFault.FromEnvironment();
            var compute = new ComputeSettings(args[1], args[2], args[3]).Resolve();
            Write(new SelfTestLine(TestedSettings.Of(compute), torch.__version__));
            foreach (var result in new SelfTest(compute, TimeProvider.System, fault).Run(name => Write(new SelfTestLine(Started: name))))
                Write(new SelfTestLine(Result: result));
            foreach (var feature in new FeatureTrials(compute, TimeProvider.System).Run(name => Write(new SelfTestLine(Started: name))))
                Write(new SelfTestLine(Feature: feature));
            return ExitCodes.Done;
        }
        catch (ArgumentException ex)
        {
            Write(new SelfTestLine(Refusal: ex.Message));
            return ExitCodes.BadInput;
        }
        catch (Exception ex) when (ex is not OutOfMemoryException)
        {
            // A library that can't be loaded causes exceptions of many types.
            var cause = ex.GetBaseException().Message.Split('\n')[0].Trim().TrimEnd('.');
            Write(new SelfTestLine(Refusal: $"libtorch can't be used ({cause})."));
            return ExitCodes.Failed;
        }
    }

    private static void Write(SelfTestLine line)
    {
        Console.Out.WriteLine(line.Write());
        Console.Out.Flush();
    }

    /// <summary>The parent keeps standard input open; native code can't be interrupted by anything but the end of the process.</summary>
    private static void EndWithParent()
    {
        while (Console.In.Read() >= 0)
        {
            // Nothing is sent.
        }

        Process.GetCurrentProcess().Kill();
    }
}
